"""The level that all processes share: Redis, which may be gone at any time."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from db.cache.entries import Entry

T = TypeVar("T")

PATIENCE = 0.25
"""Seconds to wait for Redis before doing without it: about what it would save."""
REST = 5.0
"""Seconds without a further try after Redis did not answer: an outage must not cost each request its patience."""
LEASE = 10.0
"""Seconds after which the work of a process that died is another's."""
POLL = 0.01
"""Seconds between two looks for what another process is working out."""
LARGEST = 262_144
"""Bytes of an entry that is worth a place; larger ones stay in the process."""


class Shared:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._rests_until = 0.0

    async def get(self, key: str) -> Entry | None:
        """None also where Redis does not answer."""
        packed = await self._ask(lambda: self._redis.get(key), None)
        try:
            return Entry.unpack(packed) if isinstance(packed, bytes) else None
        except (ValueError, TypeError, KeyError):
            return None

    async def put(self, key: str, entry: Entry) -> None:
        packed = entry.pack()
        if len(packed) <= LARGEST:
            await self._ask(lambda: self._redis.set(key, packed, px=round(entry.lifetime * 1000)), None)

    @asynccontextmanager
    async def alone(self, key: str, version: int) -> AsyncIterator[Entry | None]:
        """One process at a time for each key and version; the entry, where another has made it meanwhile."""
        lock = self._redis.lock(f"{key}:{version}", timeout=LEASE, blocking=False)
        while not await self._ask(lock.acquire, True):
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
                await self._ask(lock.release, None)

    async def _ask(self, ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """The answer; what to do without one, where Redis is gone or rests."""
        if time.monotonic() < self._rests_until:
            return otherwise
        try:
            async with asyncio.timeout(PATIENCE):
                return await ask()
        except (RedisError, OSError, TimeoutError):
            self._rests_until = time.monotonic() + REST
            return otherwise
