"""A dispatcher with what the settings give it: its own connections, and the channels that have a provider."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from config import Settings
from db.redis import connect
from db.scope import Database
from db.vocabulary import Channel
from delivery.absent import Absent
from delivery.dispatcher import Dispatcher, Pace
from delivery.gates.gate import Gate
from delivery.gates.rates import rates
from delivery.messenger import messengers
from delivery.sender import Sender

log = structlog.get_logger()


@asynccontextmanager
async def dispatching(settings: Settings) -> AsyncIterator["asyncio.Task[None]"]:
    """Sends what is due for as long as the block lasts, and gives the task that does. Raises Misconfigured.

    At the end, what is being sent gets `SHUTDOWN_TIMEOUT` seconds. What is not settled by then is sent again by others.
    """
    pace = Pace(loops=settings.dispatch_loops, batch=settings.dispatch_batch)
    # Requests do not wait for reminders. Each loop may need a second connection, to keep its lease; and rules are applied.
    database = Database(settings.model_copy(update={"database_pool_size": 2 * pace.loops + 1}))
    there = messengers(database, settings)
    # Who has no provider at all, such as a server beside dispatchers, leaves the queue alone.
    senders: dict[Channel, Sender] = {channel: there.get(channel, Absent()) for channel in Channel} if there else {}
    if not senders:
        log.warning("no channel has a provider: this process sends no reminders")
    redis = connect(settings)
    dispatcher = Dispatcher(database, senders, pace, Gate(redis, rates(settings)))
    running = asyncio.create_task(dispatcher.run())
    try:
        yield running
    finally:
        dispatcher.stop()
        _, late = await asyncio.wait([running], timeout=settings.shutdown_timeout)
        if late:
            log.warning("stopped while reminders were being sent")
            running.cancel()
        for sender in there.values():
            await sender.close()
        await redis.aclose()
        await database.close()
