"""What a resolver finds in `info.context`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TypeAlias
from uuid import UUID

import strawberry

from auth import Principal
from config import Settings
from db.cache import Cache
from db.scope import PLATFORM, Database, Scope, Watcher
from live.stretches import Followed
from loaders import Loaders
from loaders.figures import Read
from loaders.warming import Warming


class Tally:
    """How many statements a request has run, and the seconds that they took together."""

    def __init__(self) -> None:
        self.statements, self.seconds = 0, 0.0

    def count(self, _: str, __: Sequence[object], seconds: float) -> None:
        self.statements += 1
        self.seconds += seconds


class Context:
    """One request's principal, its read scope and the loaders bound to it."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        principal: Principal,
        cache: Cache | None = None,
        warming: Warming | None = None,
        feed: Followed | None = None,
    ) -> None:
        """`feed` is where a subscription's events come from."""
        self.settings = settings
        self.principal = principal
        self.warming = warming
        self.feed = feed
        self.figures_read: list[Read] = []
        self.sql = Tally()
        self.statements: list[dict[str, object]] | None = None
        """What SQL was run, once somebody has put a list here. Without its arguments: those may be a patient's."""
        self._database, self._cache = database, cache

    @property
    def tenant_id(self) -> UUID:
        """The tenant that statements name; the platform's stand-in for those who belong to none."""
        return self.principal.tenant_id or PLATFORM

    @cached_property
    def scope(self) -> Scope:
        """For reading."""
        return self._database.read(self.tenant_id, self._told)

    @cached_property
    def loaders(self) -> Loaders:
        return Loaders(self.scope, self._cache, self.figures_read)

    def cache_verdicts(self) -> list[dict[str, object]]:
        """Where the figures of this request came from, for its answer's `extensions`."""
        return [
            {"of": what, "verdict": cached.verdict, "computedAt": cached.entry.computed_at}
            for what, cached in self.figures_read
        ]

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Scope]:
        """A transaction for one root field. What is read after it is read anew, so the answer shows what was written.

        The read scope is given back first: whoever held one connection while waiting for another could wait forever.
        """
        await self.close()
        async with self._database.write(self.tenant_id, self._told) as scope:
            yield scope

    @property
    def _told(self) -> Watcher:
        statements, tally = self.statements, self.sql
        if statements is None:
            return tally.count

        def told(sql: str, arguments: Sequence[object], seconds: float) -> None:
            tally.count(sql, arguments, seconds)
            statements.append({"sql": sql, "ms": round(seconds * 1000, 3)})

        return told

    async def close(self) -> None:
        """Gives the connection back. What comes later reads in a new scope."""
        scope: Scope | None = self.__dict__.pop("scope", None)
        self.__dict__.pop("loaders", None)
        if scope is not None:
            await scope.close()


Info: TypeAlias = strawberry.Info[Context, None]
