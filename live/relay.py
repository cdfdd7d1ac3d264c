"""Gives committed events their positions and copies them to Redis. Any number of processes may.

PostgreSQL gives the positions, one tenant at a time. So a relay may die at any instant: what has no position yet is in the
outbox, what has one is read by followers, in the worst case without Redis.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from redis.exceptions import RedisError

from db import outbox, streams
from db.scope import Database, Scope
from live import metrics
from live.failures import reported
from live.stream import Streams

T = TypeVar("T")


@dataclass(frozen=True)
class Pace:
    tenants: int = 3
    """How many are relayed at once."""
    batch: int = 1000
    poll: float = 1.0
    """Seconds between two looks for what nobody gave a hint of."""
    prune: float = 60.0
    """Seconds between two looks for what is too old."""


class Relay:
    def __init__(self, database: Database, streams_: Streams, pace: Pace | None = None) -> None:
        self._database, self._streams, self._pace = database, streams_, pace or Pace()
        self._turns: asyncio.Queue[UUID] = asyncio.Queue()
        self._queued: set[UUID] = set()
        self._busy: set[UUID] = set()
        self._behind: set[UUID] = set()
        """Tenants whose events could not be copied."""

    def wake(self, tenant_id: UUID) -> None:
        """There may be something. Again while it waits for its turn, it is one turn."""
        if tenant_id not in self._queued:
            self._queued.add(tenant_id)
            if tenant_id not in self._busy:
                self._turns.put_nowait(tenant_id)

    async def run(self) -> None:
        """Until it is cancelled."""
        outbox.commit_watchers.append(self.wake)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._pace.tenants):
                    group.create_task(self._take_turns())
                group.create_task(_again_and_again(self._look, self._pace.poll))
                group.create_task(_again_and_again(self.prune, self._pace.prune))
        finally:
            outbox.commit_watchers.remove(self.wake)

    async def _take_turns(self) -> None:
        while True:
            tenant_id = await self._turns.get()
            self._queued.discard(tenant_id)
            self._busy.add(tenant_id)
            with reported("relaying failed"):
                if await self._relay(tenant_id) == self._pace.batch:
                    self._queued.add(tenant_id)
            self._busy.discard(tenant_id)
            if tenant_id in self._queued:
                self._turns.put_nowait(tenant_id)

    async def _relay(self, tenant_id: UUID) -> int:
        """How many events got their position."""
        async with self._database.write(tenant_id) as scope:
            events = await streams.relay(scope, self._pace.batch)
        if events:
            for type_, count in Counter(event.type for event in events).items():
                metrics.RELAYED.labels(type_).inc(count)
            try:
                reached = await self._streams.add(tenant_id, events)
            except (RedisError, OSError):
                self._behind.add(tenant_id)
                raise
            newest = events[-1].position
            if reached > newest and reached > await self._newest(tenant_id):
                # Of a database that was set back since: what Redis has at these positions is something else.
                await self._streams.forget(tenant_id)
                reached = await self._streams.add(tenant_id, events)
            if reached < events[0].position - 1:
                await self._fill(tenant_id, max(reached, newest - self._streams.retention.events))
        return len(events)

    async def _newest(self, tenant_id: UUID) -> int:
        scope = self._database.read(tenant_id)
        try:
            return await streams.newest(scope)
        finally:
            await scope.close()

    async def _fill(self, tenant_id: UUID, after: int) -> None:
        """Copies what Redis has lost, or never had."""
        metrics.FILLED.inc()
        scope = self._database.read(tenant_id)
        try:
            while events := await streams.since(scope, after, self._pace.batch):
                after = await self._streams.add(tenant_id, events, anew=True)
        finally:
            await scope.close()

    async def _look(self) -> None:
        found_waiting = await self._across(streams.waiting)
        metrics.WAITING.set(sum(each.events for each in found_waiting))
        metrics.OLDEST.set(max((each.waited.total_seconds() for each in found_waiting), default=0))
        for each in found_waiting:
            self.wake(each.tenant_id)
        if not self._behind:
            return
        for found in await self._across(lambda scope: streams.positions(scope, list(self._behind))):
            await self._fill(found.tenant_id, found.position - self._streams.retention.events)
            self._behind.discard(found.tenant_id)

    async def prune(self) -> None:
        """Removes what is too old, from the database and from Redis."""
        age = self._streams.retention.age
        while tenants := await self._across(lambda scope: streams.aged(scope, age)):
            for tenant_id in tenants:
                async with self._database.write(tenant_id) as scope:
                    first = await streams.prune(scope, age, 10 * self._pace.batch)
                if first is not None:
                    await self._streams.shorten(tenant_id, first)

    async def _across(self, ask: Callable[[Scope], Awaitable[T]]) -> T:
        scope = self._database.across_tenants()
        try:
            return await ask(scope)
        finally:
            await scope.close()


async def _again_and_again(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        with reported("relaying failed"):
            await work()
        await asyncio.sleep(seconds)
