"""What all loaders are: aiodataloader's, with one more way to ask."""

import asyncio
from collections.abc import Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

from db.scope import Scope

K = TypeVar("K")
V = TypeVar("V")


class Loader(DataLoader[K, V], Generic[K, V]):
    """`load` is for one key, `load_all` for the keys of a whole level, without a future for each.

    Both answer what is asked for in one turn of the event loop by one call of `batch_load_fn`, and no key twice.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self._known: dict[K, V] = {}
        self._coming: dict[K, asyncio.Task[None]] = {}
        self._wanted: list[K] = []
        self._next: asyncio.Task[None] | None = None

    async def load_all(self, keys: Sequence[K]) -> list[V]:
        """The values for the keys, in their order. Keys may be there more than once."""
        known = self._known
        if missing := [key for key in dict.fromkeys(keys) if key not in known]:
            for task in {self._fetch(key) for key in missing}:
                await task
        return [known[key] for key in keys]

    def _fetch(self, key: K) -> asyncio.Task[None]:
        coming = self._coming.get(key)
        if coming is None:
            if self._next is None:
                self._next = asyncio.create_task(self._run())
            coming = self._coming[key] = self._next
            self._wanted.append(key)
        return coming

    async def _run(self) -> None:
        wanted, self._wanted, self._next = self._wanted, [], None
        self._known.update(zip(wanted, await self.batch_load_fn(wanted), strict=True))
