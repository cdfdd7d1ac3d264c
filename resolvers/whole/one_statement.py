"""Pages of rows, written as JSON by PostgreSQL in one statement."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from cachetools import LRUCache
from graphql import ExecutionResult
from sqlalchemy import Executable

from db.statements import Prepared
from resolvers import paging
from resolvers.context import Context
from resolvers.whole.statements import Asked, parameters, statement
from resolvers.whole.tree import Asking, Page, Tree

if TYPE_CHECKING:
    from executor.run import Run

SHAPES = 8
"""Statements that a plan may have: one for each choice of filters, orders and sizes. What is asked for in more ways is read
field by field."""
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

    def get(self, wanted: Wanted, build: Callable[[], Executable]) -> Prepared | None:
        """None where it does not pay yet."""
        if (found := self._kept.get(wanted)) is not None:
            return found
        times = self._times.get(hash(wanted), 0)
        if times < self._often:
            self._times[hash(wanted)] = times + 1
            return None
        prepared = Prepared(build())
        if len(prepared.sql) <= CHARACTERS:
            self._kept[wanted] = prepared
        return prepared


class OneStatement:
    """Of one plan. `statements` are those of all."""

    def __init__(self, tree: Tree, statements: Statements) -> None:
        self._tree, self._pages, self._statements = tree, tree.pages, statements
        self._wanted: dict[object, Wanted] = {}
        """Its statements, by the shapes of what is asked for."""

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        try:
            for guard in self._tree.guards:
                guard.check(run)
            asked = [_asked(asking, run) for asking in self._tree.asking]
        except Exception:  # noqa: BLE001  # whatever it is, the plan meets it as well, and says where
            return None
        shapes = tuple([each.shape for each in asked])
        if (wanted := self._wanted.get(shapes)) is None:
            if len(self._wanted) == SHAPES:
                return None
            wanted = self._wanted[shapes] = Wanted(self._pages, shapes)
        prepared = self._statements.get(wanted, lambda: statement(self._pages, asked))
        return None if prepared is None else self._fetched(run.context, prepared, asked)

    def ran(self, run: "Run", result: ExecutionResult) -> None:
        """What the plan read says nothing about what the next one will."""

    async def _fetched(self, context: Context, prepared: Prepared, asked: Sequence[Asked]) -> dict[str, Any]:
        values = parameters([asking.page for asking in self._tree.asking], asked)
        pages = iter(await context.scope.glance(prepared, **values))
        return {
            key: orjson.Fragment(next(pages)) if isinstance(root, Page) else root.text for key, root in self._tree.roots
        }


def _asked(asking: Asking, run: "Run") -> Asked:
    context: Context = run.context
    given = asking.reader.arguments(asking.field, run)
    ends = {end: given.pop(end, None) for end in ("first", "after", "last", "before")}
    listing = asking.page.relation.listing(context, **given)
    return Asked(listing, paging.window(context, listing, **ends))
