"""Providers as tests need them, and dispatchers that run until nothing is due."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from db.reminders.claiming import Claimed
from db.scope import Database
from db.vocabulary import Channel
from delivery.dispatcher import Dispatcher, Pace
from delivery.gates.gate import Gate
from delivery.outcomes import Outcome, Sent, accepted
from delivery.sender import Sender
from tests.factories import House

QUICK = Pace(loops=3, batch=20, lease=timedelta(seconds=5), poll=0.01)


class Provider:
    """Answers each message as it is told to, and keeps count of them. `meanwhile` runs before the answers."""

    provider = "test"

    def __init__(
        self,
        answer: Callable[[Claimed], Outcome] = lambda _: accepted(),
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._answer, self._meanwhile = answer, meanwhile
        self.taken: Counter[UUID] = Counter()

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent | None]:
        sent: list[Sent | None] = []
        for claimed in batch:
            started = asyncio.get_running_loop().time()
            if self._meanwhile is not None:
                await self._meanwhile()
            if stopping.is_set():
                sent.append(None)
                continue
            self.taken[claimed[0]] += 1
            sent.append(Sent(self._answer(claimed), started, asyncio.get_running_loop().time()))
        return sent


@asynccontextmanager
async def dispatching(
    database: Database, senders: Mapping[Channel, Sender], pace: Pace = QUICK, gate: Gate | None = None
) -> AsyncIterator[Dispatcher]:
    """Stops at the end of the block, when what is being sent is settled."""
    dispatcher = Dispatcher(database, senders, pace, gate)
    running = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        await asyncio.wait_for(running, 20)


async def nothing_due(house: House) -> None:
    """Waits until the tenant's queue holds nothing that is due."""
    due = "SELECT count(*) FROM reminder_queue WHERE tenant_id = $1 AND next_attempt_at <= now()"
    async with asyncio.timeout(20):
        while await house.pool.fetchval(due, house.tenant):
            await asyncio.sleep(0.01)


async def dispatched(database: Database, house: House, senders: Mapping[Channel, Sender]) -> None:
    async with dispatching(database, senders):
        await nothing_due(house)


async def states(house: House) -> dict[UUID, tuple[str, str | None, str | None, int]]:
    """Status, reason, channel and number of attempts of each reminder."""
    rows = await house.pool.fetch(
        "SELECT id, status, status_reason, channel, attempt_count FROM reminders WHERE tenant_id = $1", house.tenant
    )
    return {row["id"]: tuple(row)[1:] for row in rows}


async def attempts(house: House, reminder: UUID) -> list[tuple[int, str, str, str, str | None]]:
    """Number, channel, provider, outcome and error code of each."""
    rows = await house.pool.fetch(
        """SELECT number, channel, provider, outcome, error_code FROM delivery_attempts
           WHERE tenant_id = $1 AND reminder_id = $2 ORDER BY number""",
        *(house.tenant, reminder),
    )
    return [tuple(row) for row in rows]


async def queued(house: House) -> int:
    found: int = await house.pool.fetchval("SELECT count(*) FROM reminder_queue WHERE tenant_id = $1", house.tenant)
    return found
