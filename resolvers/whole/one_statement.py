"""Pages of rows, written as JSON by PostgreSQL in one statement."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult

from db.statements import Prepared, Shapes
from resolvers import paging
from resolvers.context import Context
from resolvers.whole.statements import Asked, parameters, statement
from resolvers.whole.tree import Page, Tree

if TYPE_CHECKING:
    from executor.run import Run

SHAPES = 8
"""Statements that a plan may have: one for each choice of filters, orders and sizes. What is asked for in more ways is read
field by field."""


class OneStatement:
    """Of one plan. `statements` are those of all."""

    def __init__(self, tree: Tree, statements: Shapes) -> None:
        self._tree, self._statements = tree, statements
        self._shapes: dict[object, object] = {}
        """Of its statements, and what each is kept by: of its own, so that nothing else keeps the plan."""

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        try:
            for guard in self._tree.guards:
                guard.check(run)
            asked = [_asked(page, run) for page in self._tree.pages]
        except Exception:  # noqa: BLE001  # whatever it is, the plan meets it as well, and says where
            return None
        shape = tuple([each.shape for each in asked])
        if shape not in self._shapes:
            if len(self._shapes) == SHAPES:
                return None
            self._shapes[shape] = object()
        prepared = self._statements.get(self._shapes[shape], lambda: statement(self._tree, asked))
        return _fetched(run.context, prepared, parameters(self._tree, asked))

    def ran(self, run: "Run", result: ExecutionResult) -> None:
        """What the plan read says nothing about what the next one will."""


def _asked(page: Page, run: "Run") -> Asked:
    context: Context = run.context
    given = page.reader.arguments(page.field, run)
    ends = {end: given.pop(end, None) for end in ("first", "after", "last", "before")}
    listing = page.relation.listing(context, **given)
    return Asked(listing, paging.window(context, listing, **ends))


async def _fetched(context: Context, prepared: Prepared, values: dict[str, object]) -> orjson.Fragment:
    return orjson.Fragment(await context.scope.glance(prepared, **values))
