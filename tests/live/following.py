"""Relays and feeds for tests, events to relay, and what a follower got."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg

from config import Settings
from db import redis
from db.scope import Database
from live.events import Event
from live.feed import Feed
from live.relay import Pace, Relay
from live.stream import Retention, Streams
from tests.factories import House

QUICK = Pace(poll=0.05)
KEPT = Retention(10_000, timedelta(hours=1))


class Stage:
    """A relay and a feed on one database and one Redis, each started and stopped by the test."""

    def __init__(self, settings: Settings, retention: Retention = KEPT) -> None:
        self.database = Database(settings)
        self.redis, self._reading = redis.connect(settings), redis.connect(settings)
        self.streams = Streams(self.redis, retention)
        self.feed = Feed(self.database, self.streams, Streams(self._reading, retention))

    @asynccontextmanager
    async def relaying(self, pace: Pace = QUICK) -> AsyncIterator[Relay]:
        relay = Relay(self.database, self.streams, pace)
        running = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            await _ended(running)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Feed]:
        running = asyncio.create_task(self.feed.run())
        try:
            yield self.feed
        finally:
            self.feed.close()
            await _ended(running)

    async def close(self) -> None:
        await self.redis.aclose()
        await self._reading.aclose()
        await self.database.close()


async def _ended(running: "asyncio.Task[None]") -> None:
    running.cancel()
    await asyncio.wait([running])


async def happen(house: House, count: int) -> None:
    """So many events, written as the owner in one transaction."""
    await house.pool.execute(
        """INSERT INTO outbox (tenant_id, kind, type, entity_id, facility_id, patient_id)
           SELECT $1, 'CREATED', 'Note', gen_random_uuid(), $2, $3 FROM generate_series(1, $4)""",
        *(house.tenant, house.facilities[0], house.patients[0], count),
    )


async def got(feed: Feed, tenant_id: UUID, count: int, after: int | None = None) -> list[Event]:
    """The first events that a follower gets."""
    found: list[Event] = []
    async with asyncio.timeout(20), aclosing(feed.follow(tenant_id, after)) as events:
        async for event in events:
            found.append(event)
            if len(found) == count:
                break
    return found


async def positions_given(pool: asyncpg.Pool, tenant_id: UUID, position: int) -> None:
    """Returns when the stream has got so far."""
    async with asyncio.timeout(20):
        while (
            await pool.fetchval("SELECT position FROM event_streams WHERE tenant_id = $1", tenant_id) or 0
        ) < position:
            await asyncio.sleep(0.01)


def numbers(events: Sequence[Event]) -> list[int]:
    return [event.position for event in events]
