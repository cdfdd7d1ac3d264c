"""Figures are read through here: from this process, from Redis, or from PostgreSQL, but never older than the reader.

A key names the tenant, the statement and its values. What is kept under it carries the version of the figures, which grows
with each commit (docs/decisions/0011); the reader's own snapshot says which version it takes. So there is nothing to drop.
"""

import asyncio
import time
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from cachetools import TLRUCache
from redis.asyncio import Redis
from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from db.cache.entries import Entry, named
from db.cache.shared import Shared
from db.scope import Scope
from db.statements import TENANT, Prepared

T = TypeVar("T")

ENTRIES = 2_048
"""How many answers a process keeps; the ones asked for least recently go first."""
SHORTEST, USUAL, LONGEST = 60.0, 600.0, 86_400.0
"""Seconds that an answer is kept: at least, at first, and at most."""
CHANGES = 10
"""An answer is kept for about as long as this many changes take, at the pace of late: then nobody's version has been its own
for long."""


class Verdict(StrEnum):
    """Where an answer came from."""

    PROCESS = "PROCESS"
    REDIS = "REDIS"
    DATABASE = "DATABASE"


VERSION = Prepared(select(func.figures_version(TENANT, bindparam("facilities", type_=ARRAY(Uuid())))))
"""Of the figures of these facilities; of the tenant's, where they are null. It only ever grows."""


class Cached(Generic[T]):
    """An answer, and where it came from."""

    def __init__(self, entry: Entry, verdict: Verdict) -> None:
        self.entry, self.verdict = entry, verdict
        self.rows = cast(Sequence[T], entry.rows)


class Cache:
    """One for each process."""

    def __init__(self, redis: Redis) -> None:
        self._kept: TLRUCache[str, Entry] = TLRUCache(
            ENTRIES, lambda _, entry, now: now + entry.lifetime, time.monotonic
        )
        self._coming: dict[tuple[str, int], asyncio.Future[Entry | None]] = {}
        self._shared = Shared(redis)

    def __len__(self) -> int:
        """Answers at hand."""
        return len(self._kept)

    def kept(self, tenant_id: UUID, statement: Prepared, values: dict[str, object]) -> Entry | None:
        """What is at hand, of whatever version."""
        return self._kept.get(_key(tenant_id, statement, values))

    async def rows(
        self, scope: Scope, version: int, statement: Prepared, of: type[T], values: dict[str, object]
    ) -> "Cached[T]":
        """The statement's rows at this version, which must be the scope's."""
        key = _key(scope.tenant_id, statement, values)
        while True:
            entry = self._kept.get(key)
            if entry is not None and entry.version == version:
                return Cached(entry, Verdict.PROCESS)
            coming = self._coming.get((key, version))
            if coming is None:
                break
            if (entry := await asyncio.shield(coming)) is not None:
                return Cached(entry, Verdict.PROCESS)
            # Whoever was at it failed, for a reason of its own.
        flight = self._coming[key, version] = asyncio.get_running_loop().create_future()
        found = None
        try:
            found, verdict = await self._fetch(scope, version, statement, values, key, self._kept.get(key))
        finally:
            del self._coming[key, version]
            flight.set_result(found)
        return Cached(found, verdict)

    async def _fetch(
        self,
        scope: Scope,
        version: int,
        statement: Prepared,
        values: dict[str, object],
        key: str,
        before: Entry | None,
    ) -> tuple[Entry, Verdict]:
        entry = await self._shared.get(key)
        if entry is not None and entry.version == version:
            return self._keep(key, entry), Verdict.REDIS
        async with self._shared.alone(key, version) as made:
            if made is not None and made.version == version:
                return self._keep(key, made), Verdict.REDIS
            rows: Sequence[Any] = await scope.rows(statement, object, **values)
            columns = tuple(rows[0].keys()) if rows else ()
            before = before or entry
            entry = Entry(version, lifetime(before, version), columns, named(columns, [list(row) for row in rows]))
            if before is None or before.version < version:
                await self._shared.put(key, entry)
        return self._keep(key, entry), Verdict.DATABASE

    def _keep(self, key: str, entry: Entry) -> Entry:
        """A newer one that is there already stays: it is what others will ask for."""
        there = self._kept.get(key)
        if there is None or there.version <= entry.version:
            self._kept[key] = entry
        return entry


def lifetime(before: Entry | None, version: int) -> float:
    """Seconds to keep an answer: a safety net, long where figures rest and short where they move."""
    if before is None or version <= before.version:
        return USUAL
    pace = (time.time() - before.computed_at.timestamp()) / (version - before.version)
    return min(max(pace * CHANGES, SHORTEST), LONGEST)


def _key(tenant_id: UUID, statement: Prepared, values: dict[str, object]) -> str:
    """Names nobody: what a search is for is hashed, as is everything but the tenant."""
    asked = repr((_digest(statement.sql), sorted(values.items()))).encode()
    return f"figures:{tenant_id}:{blake2b(asked, digest_size=16).hexdigest()}"


@cache
def _digest(sql: str) -> bytes:
    return blake2b(sql.encode(), digest_size=16).digest()
