"""Follows the tenants' streams: one reader of Redis for the whole process, and followers who resume from any position.

Redis makes it quick, the database makes it complete. A reader that misses a position, or hears of a newer one than Redis has,
reads the database: so losing Redis, or a relay that died between the two, delays events by a second and skips none.
"""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from db.scope import Database
from errors import EventsExpired, Unavailable
from live import metrics
from live.events import Event
from live.failures import reported
from live.history import History
from live.stream import Streams
from live.tail import Tail

ARRIVALS = 500
"""Events of a tenant in one answer of Redis."""
BLOCK = 200
"""Milliseconds that the reader waits for Redis: after which it looks for another tenant's first follower."""
COMPARE = 1.0
"""Seconds between two looks whether the database has more than Redis."""
RETRY = 0.5
"""Seconds after which PostgreSQL or Redis is asked again, where it was away."""


class Feed:
    """`reading` has a connection that nothing else uses, because waiting blocks it."""

    def __init__(self, database: Database, streams: Streams, reading: Streams) -> None:
        self._reading = reading
        self._history = History(database, streams)
        self._tails: dict[UUID, Tail] = {}
        self._followed = asyncio.Event()
        self._closed = False

    async def follow(self, tenant_id: UUID, after: int | None = None) -> AsyncGenerator[Event, None]:
        """The tenant's events after that position, or from now on: each once, in order, without a gap, without end.

        Raises EventsExpired where the next one is not kept any more, and Unavailable where PostgreSQL is away at the beginning;
        an outage later is waited for. Ends where the feed is closed. Whoever stops before closes it (`aclose`).
        """
        tail = await self._join(tenant_id)
        try:
            position = tail.position if after is None else after
            if position > tail.position and position > await self._history.newest(tenant_id):
                raise _expired()  # a position of another database, or of one that was set back
            while not self._closed:
                if (event := tail.at(position + 1)) is not None:
                    position += 1
                    yield event
                elif position < tail.position:
                    for event in await self._past(tenant_id, position):
                        position = event.position
                        yield event
                else:
                    await tail.news()
        finally:
            self._leave(tenant_id, tail)

    async def _past(self, tenant_id: UUID, position: int) -> list[Event]:
        """At least the next one."""
        while not self._closed:
            try:
                events = await self._history.after(tenant_id, position)
            except Unavailable:
                await asyncio.sleep(RETRY)
                continue
            if not events:
                raise _expired()
            return list(events)
        return []

    async def _join(self, tenant_id: UUID) -> Tail:
        if (tail := self._tails.get(tenant_id)) is None:
            newest = await self._history.newest(tenant_id)
            tail = self._tails.setdefault(tenant_id, Tail(newest))
            self._followed.set()
        tail.followers += 1
        metrics.FOLLOWERS.inc()
        return tail

    def _leave(self, tenant_id: UUID, tail: Tail) -> None:
        tail.followers -= 1
        metrics.FOLLOWERS.dec()
        if not tail.followers and self._tails.get(tenant_id) is tail:
            del self._tails[tenant_id]
            if not self._tails:
                self._followed.clear()

    def close(self) -> None:
        """Ends what its followers iterate over."""
        self._closed = True
        for tail in self._tails.values():
            tail.wake()

    def followed(self, tenant_id: UUID) -> bool:
        """Whether anybody follows this tenant here."""
        return tenant_id in self._tails

    def at_hand(self, tenant_id: UUID) -> int:
        """How many of the tenant's events are in memory, for all who follow it."""
        tail = self._tails.get(tenant_id)
        return 0 if tail is None else len(tail)

    async def run(self) -> None:
        """Reads what followers wait for, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read())
            group.create_task(self._compare())

    async def _read(self) -> None:
        while True:
            await self._followed.wait()
            after = {tenant_id: tail.position for tenant_id, tail in self._tails.items()}
            arrived: dict[UUID, list[Event]] | None = None
            with reported("reading events from Redis failed"):
                arrived = await self._reading.arriving(after, ARRIVALS, BLOCK)
            if arrived is None:
                await asyncio.sleep(RETRY)
                continue
            for tenant_id, events in arrived.items():
                tail = self._tails.get(tenant_id)
                if tail is not None and not tail.add(events):
                    with reported("reading events from the database failed"):
                        await self._fill(tenant_id, tail, events[-1].position)

    async def _compare(self) -> None:
        while True:
            await self._followed.wait()
            with reported("reading events from the database failed"):
                for tenant_id, newest in (await self._history.positions(list(self._tails))).items():
                    if (tail := self._tails.get(tenant_id)) is not None:
                        await self._fill(tenant_id, tail, newest)
            await asyncio.sleep(COMPARE)

    async def _fill(self, tenant_id: UUID, tail: Tail, newest: int) -> None:
        """Takes from the database what the tail lacks up to that position."""
        while tail.position < newest:
            events = await self._history.kept(tenant_id, tail.position)
            if not events:
                tail.begin_at(newest)
            elif not tail.add(events):
                tail.begin_at(events[0].position - 1)


def _expired() -> EventsExpired:
    metrics.EXPIRED.inc()
    return EventsExpired()
