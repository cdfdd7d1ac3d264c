"""The figures of one read scope: through the cache, at the version that the scope's snapshot has."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from db.cache import VERSION, Cache, Cached, Entry, Verdict
from db.scope import Scope
from db.statements import Prepared

T = TypeVar("T")


class Read(NamedTuple):
    """What was read, and where it came from: for whoever asks for a verdict."""

    what: str
    cached: Cached[Any]


class Figures:
    """Like a Scope's `rows`. Without a cache it is that."""

    def __init__(self, scope: Scope, cache: Cache | None, reads: list[Read]) -> None:
        self._scope, self._cache, self._reads = scope, cache, reads
        self._versions: dict[tuple[UUID, ...] | None, asyncio.Task[int]] = {}
        self._glances: dict[tuple[UUID, ...] | None, asyncio.Task[int]] = {}

    async def rows(
        self, what: str, of_facilities: Sequence[UUID] | None, statement: Prepared, of: type[T], **values: object
    ) -> Sequence[T]:
        """The statement's rows. They depend on the notes of these facilities alone; None: of the tenant's."""
        if self._cache is None:
            return await self._scope.rows(statement, of, **values)
        facilities = None if of_facilities is None else tuple(of_facilities)
        cached = await self._at_hand(facilities, statement, values)
        if cached is None:
            version = await self._version(facilities)
            cached = await self._cache.rows(self._scope, version, statement, of, values)
        self.tell(what, cached)
        return cached.rows

    def tell(self, what: str, cached: Cached[Any]) -> None:
        """For whoever asks for a verdict."""
        self._reads.append(Read(what, cached))

    def kept(self, statement: Prepared, values: dict[str, object]) -> Entry | None:
        """What this process has, of whatever version."""
        return None if self._cache is None else self._cache.kept(self._scope.tenant_id, statement, values)

    async def version_now(self, facilities: tuple[UUID, ...] | None) -> int:
        """For a glance: where there is no snapshot to agree with yet. Once for each set, whoever asks: fields agree, too."""
        if facilities not in self._glances:
            self._glances[facilities] = asyncio.create_task(self._glance(facilities))
        return await self._glances[facilities]

    async def _glance(self, facilities: tuple[UUID, ...] | None) -> int:
        version: int = (await self._scope.glance(VERSION, facilities=facilities))[0]
        return version

    async def _at_hand(
        self, facilities: tuple[UUID, ...] | None, statement: Prepared, values: dict[str, object]
    ) -> Cached[Any] | None:
        """What this process has, if that is still so."""
        entry = None if self._scope.begun else self.kept(statement, values)
        if entry is None or await self.version_now(facilities) != entry.version:
            return None
        return Cached(entry, Verdict.PROCESS)

    async def _version(self, facilities: tuple[UUID, ...] | None) -> int:
        """Once for each set: within a snapshot it does not change."""
        if facilities not in self._versions:
            self._versions[facilities] = asyncio.create_task(self._scope.value(VERSION, facilities=facilities))
        return await self._versions[facilities]
