"""What all loaders are: aiodataloader's, with one more way to ask."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from aiodataloader import DataLoader

from db.scope import Scope
from db.statements import Columns

K = TypeVar("K")
V = TypeVar("V")
Fetch: TypeAlias = Callable[[list[K], Columns], Awaitable[list[V]]]


class Loader(DataLoader[K, V], Generic[K, V]):
    """`load` is for one key, `load_all` for the keys of a whole level, without a future for each.

    Both answer what is asked for in one turn of the event loop by one statement, and `load` brings whole rows.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self._values = _Values[K, V](frozenset())

    async def fetch(self, keys: list[K], columns: Columns) -> list[V]:
        """The values for the keys, in their order; of rows at least those columns."""
        raise NotImplementedError

    async def batch_load_fn(self, keys: list[K]) -> list[V]:
        return await self.fetch(keys, None)

    async def load_all(self, keys: Sequence[K], columns: Columns = None) -> list[V]:
        """The values for the keys, in their order. Keys may be there more than once."""
        if not self._values.have(columns):
            if self._values.begun:
                # What was fetched lacks a column.
                self._values = _Values(self._values.columns)
            self._values.add(columns)
        return await self._values.get(keys, self.fetch)


class _Values(Generic[K, V]):
    """What was fetched with the same columns, or is on its way."""

    def __init__(self, columns: Columns) -> None:
        self.columns, self.begun = columns, False
        self._known: dict[K, V] = {}
        self._coming: dict[K, asyncio.Task[None]] = {}
        self._wanted: list[K] = []
        self._next: asyncio.Task[None] | None = None

    def have(self, columns: Columns) -> bool:
        return self.columns is None or (columns is not None and columns <= self.columns)

    def add(self, columns: Columns) -> None:
        self.columns = None if columns is None or self.columns is None else self.columns | columns

    async def get(self, keys: Sequence[K], fetch: Fetch[K, V]) -> list[V]:
        known, coming = self._known, self._coming
        if missing := [key for key in dict.fromkeys(keys) if key not in known]:
            if new := [key for key in missing if key not in coming]:
                if self._next is None:
                    self._next = asyncio.create_task(self._run(fetch))
                self._wanted += new
                coming.update(dict.fromkeys(new, self._next))
            for task in {coming[key] for key in missing}:
                await task
        return list(map(known.__getitem__, keys))

    async def _run(self, fetch: Fetch[K, V]) -> None:
        self.begun = True
        wanted, self._wanted, self._next = self._wanted, [], None
        try:
            self._known.update(zip(wanted, await fetch(wanted, self.columns), strict=True))
        finally:
            # They are known, or failed, and may be asked for anew.
            for key in wanted:
                self._coming.pop(key, None)
