"""Provisional: events of this process alone, until the feed over the tenants' streams is there."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from uuid import UUID

from live.events import Event


class Feed:
    def __init__(self) -> None:
        self._events: dict[UUID, list[Event]] = defaultdict(list)
        self._changed = asyncio.Event()

    def publish(self, tenant_id: UUID, event: Event) -> None:
        self._events[tenant_id].append(event)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def newest(self, tenant_id: UUID | None) -> int:
        events = self._events.get(tenant_id) if tenant_id else None
        return events[-1].position if events else 0

    async def follow(self, tenant_id: UUID, after: int | None) -> AsyncGenerator[Event, None]:
        position = after if after is not None else await self.newest(tenant_id)
        while True:
            while position < len(self._events[tenant_id]):
                yield self._events[tenant_id][position]
                position += 1
            await self._changed.wait()
