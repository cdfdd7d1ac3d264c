"""A relay, a feed, and hints to relays elsewhere, with what the settings give them, for as long as a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from config import Settings
from db import redis
from db.scope import Database
from live import history
from live.feed import Feed
from live.hints import Telling, listen
from live.relay import Pace, Relay
from live.stream import Retention, Streams


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncIterator["asyncio.Task[None]"]:
    """Gives the task that relays. It may be stopped at any instant: others, or the next start, go on where it was."""
    pace = Pace()
    # Requests do not wait for events: one connection for each tenant at a time, and one to look for them.
    database = Database(settings.model_copy(update={"database_pool_size": pace.tenants + 1}))
    shared = redis.connect(settings)
    relay = Relay(database, Streams(shared, Retention.of(settings)), pace)
    try:
        async with _for_as_long(listen(shared, relay)), _for_as_long(relay.run()) as running:
            yield running
    finally:
        await shared.aclose()
        await database.close()


@asynccontextmanager
async def hinting(settings: Settings) -> AsyncIterator[None]:
    """For a process that writes events and does not relay them."""
    shared = redis.connect(settings)
    try:
        async with _for_as_long(Telling(shared).run()):
            yield
    finally:
        await shared.aclose()


@asynccontextmanager
async def following(settings: Settings) -> AsyncIterator[Feed]:
    """At the end, what its followers iterate over ends."""
    database = Database(settings.model_copy(update={"database_pool_size": history.AT_ONCE}))
    shared, reading, retention = redis.connect(settings), redis.connect(settings), Retention.of(settings)
    feed = Feed(database, Streams(shared, retention), reading=Streams(reading, retention))
    try:
        async with _for_as_long(feed.run()):
            try:
                yield feed
            finally:
                feed.close()
    finally:
        await shared.aclose()
        await reading.aclose()
        await database.close()


@asynccontextmanager
async def _for_as_long(work: Coroutine[Any, Any, None]) -> AsyncIterator["asyncio.Task[None]"]:
    running = asyncio.create_task(work)
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait([running])
