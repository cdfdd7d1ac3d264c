"""The statements of all plans: built once it pays, kept while they are asked for."""

from collections.abc import Callable

from cachetools import LRUCache
from sqlalchemy import Executable

from db.statements import Prepared
from resolvers.whole.tree import Page

CHARACTERS = 4_000_000
"""Of the statements that a process keeps, the last used ones: of those that read a few fields a thousand."""
WANTED = 10_000
"""Statements whose askings are counted."""


class Wanted:
    """A statement, by what it is made of: hashed once, for that takes as long as the pages are deep."""

    __slots__ = ("_hash", "_parts")

    def __init__(self, pages: tuple[Page, ...], shapes: tuple[object, ...]) -> None:
        self._parts = (pages, shapes)
        self._hash = hash(self._parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and self._parts == other._parts


class Statements:
    """Of all plans. Documents that differ in their literals only, in names and in layout, share theirs."""

    def __init__(self, often: int) -> None:
        """Building one takes 6 to 15 ms. It is built when it was asked for so many times before."""
        self._often = often
        self._kept: LRUCache[Wanted, Prepared] = LRUCache(CHARACTERS, getsizeof=lambda prepared: len(prepared.sql))
        # By their hashes alone, which are small: who meets another's has a statement sooner than it would pay.
        self._times: LRUCache[int, int] = LRUCache(WANTED)

    @property
    def characters(self) -> int:
        """Of those that are kept."""
        return int(self._kept.currsize)

    def met(self, pages: tuple[Page, ...]) -> bool:
        """Whether they were asked for before; from now on, they were."""
        key = hash(pages)
        known = not self._often or key in self._times
        self._times[key] = 1
        return known

    def get(self, wanted: Wanted, build: Callable[[], Executable]) -> Prepared | None:
        """None where it does not pay yet. The first asking, which made its pages known, counts."""
        if (found := self._kept.get(wanted)) is not None:
            return found
        times = self._times.get(hash(wanted), 0)
        if times < self._often - 1:
            self._times[hash(wanted)] = times + 1
            return None
        prepared = Prepared(build())
        if len(prepared.sql) <= CHARACTERS:
            self._kept[wanted] = prepared
        return prepared
