"""Events that are no longer at hand: from the stream where that has them, else from the database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from redis.exceptions import RedisError

from db import streams
from db.scope import Database, Scope
from live import metrics
from live.events import Event, from_row
from live.stream import Streams

T = TypeVar("T")

BATCH = 500
AT_ONCE = 3
"""Reads of the database at a time, so that followers who come back all at once do not take its connections from others."""


class History:
    """Raises CareError where the database is away, or the tenant suspended."""

    def __init__(self, database: Database, streams_: Streams) -> None:
        self._database, self._streams = database, streams_
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def after(self, tenant_id: UUID, position: int) -> Sequence[Event]:
        """What follows a position, in order and without a gap: up to a batch, nothing where the next one is not kept."""
        try:
            found = _unbroken(await self._streams.after(tenant_id, position, BATCH), position)
        except (RedisError, OSError):
            found = []
        if found:
            metrics.REREAD.labels("redis").inc(len(found))
            return found
        return _unbroken(await self.kept(tenant_id, position), position)

    async def kept(self, tenant_id: UUID, position: int) -> list[Event]:
        """From the database; the first may be a later one than the next."""
        rows = await self._ask(self._database.read(tenant_id), lambda scope: streams.since(scope, position, BATCH))
        metrics.REREAD.labels("database").inc(len(rows))
        return [from_row(row) for row in rows]

    async def newest(self, tenant_id: UUID) -> int:
        """The last position that was given in this tenant."""
        return await self._ask(self._database.read(tenant_id), streams.newest)

    async def positions(self, tenants: Sequence[UUID]) -> dict[UUID, int]:
        """The last position of each of these that has had an event."""
        found = await self._ask(self._database.across_tenants(), lambda scope: streams.positions(scope, tenants))
        # The driver's UUIDs are of a class of its own, and equal to Python's.
        return dict(found)

    async def _ask(self, scope: Scope, ask: Callable[[Scope], Awaitable[T]]) -> T:
        async with self._turn:
            try:
                return await ask(scope)
            finally:
                await scope.close()


def _unbroken(events: Sequence[Event], position: int) -> list[Event]:
    """As many of them as follow each other from there on."""
    return [event for expected, event in enumerate(events, position + 1) if event.position == expected]
