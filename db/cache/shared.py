"""The level that all processes share: Redis, which may be gone at any time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from db.cache.entries import Entry
from db.resting import Resting

LEASE = 10.0
"""Seconds after which the work of a process that died is another's."""
POLL = 0.01
"""Seconds between two looks for what another process is working out."""
LARGEST = 262_144
"""Bytes of an entry that is worth a place; larger ones stay in the process."""


class Shared:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._resting = Resting()

    async def get(self, key: str) -> Entry | None:
        """None also where Redis does not answer."""
        packed = await self._resting.ask(lambda: self._redis.get(key), None)
        try:
            return Entry.unpack(packed) if isinstance(packed, bytes) else None
        except (ValueError, TypeError, KeyError):
            return None

    async def put(self, key: str, entry: Entry) -> None:
        packed = entry.pack()
        if len(packed) <= LARGEST:
            await self._resting.ask(lambda: self._redis.set(key, packed, px=round(entry.lifetime * 1000)), None)

    @asynccontextmanager
    async def alone(self, key: str, version: int) -> AsyncIterator[Entry | None]:
        """One process at a time for each key and version; the entry, where another has made it meanwhile."""
        lock = self._redis.lock(f"{key}:{version}", timeout=LEASE, blocking=False)
        while not await self._resting.ask(lock.acquire, True):
            await asyncio.sleep(POLL)
            entry = await self.get(key)
            if entry is not None and entry.version >= version:
                yield entry
                return
        try:
            # It may have been made between our look and our lock.
            entry = await self.get(key)
            yield entry if entry is not None and entry.version == version else None
        finally:
            if lock.local.token is not None:
                await self._resting.ask(lock.release, None)
