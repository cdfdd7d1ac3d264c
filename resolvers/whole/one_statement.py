"""Pages of rows, written as JSON by PostgreSQL in one statement."""

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult

from db.statements import Prepared
from resolvers import paging
from resolvers.context import Context
from resolvers.whole.kept import Statements, Wanted
from resolvers.whole.statements import Asked, parameters, statement
from resolvers.whole.tree import Asking, Page, Tree

if TYPE_CHECKING:
    from executor.run import Run

SHAPES = 8
"""Statements that a plan may have: one for each choice of filters, orders and sizes. What is asked for in more ways is read
field by field."""


class OneStatement:
    """Of one plan. `statements` are those of all."""

    def __init__(self, tree: Tree, statements: Statements) -> None:
        self._tree, self._pages, self._statements = tree, tree.pages, statements
        self._met = False
        """Whether any plan has asked for these pages before."""
        self._wanted: dict[object, Wanted] = {}
        """Its statements, by the shapes of what is asked for."""

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        if not (self._met or self._statements.met(self._pages)):
            return None
        self._met = True
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
