"""Which operations are answered whole, and with what."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson
from graphql import OperationType

from db.statements import Prepared, Shapes
from resolvers import paging
from resolvers.context import Context
from resolvers.whole.statements import Asked, parameters, statement
from resolvers.whole.tree import Beyond, Page, Tree, tree_of

if TYPE_CHECKING:
    from executor.plans import Plan
    from executor.run import Run

OFTEN = 3
"""Times that a plan is asked for before it pays to make its statement."""
SHAPES = 8
"""Statements that a plan may have: one for each choice of filters, orders and sizes. What is asked for in more ways is read
field by field."""
STATEMENTS = 300
"""Those that are kept of all plans, the last used ones."""


class _Known:
    """What is known of a plan."""

    def __init__(self) -> None:
        self.times = 0
        self.tree: Tree | None = None
        self.shapes: dict[object, object] = {}
        """Of its statements, and what each is kept by: of its own, so that nothing else keeps the plan."""


class Whole:
    """One for each engine. `often` is how often a plan must have been asked for."""

    def __init__(self, often: int = OFTEN) -> None:
        self._often = often
        self._known: WeakKeyDictionary[Plan, _Known] = WeakKeyDictionary()
        self._statements = Shapes(STATEMENTS)

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        """The operation's data, as JSON."""
        if (known := self._known.get(run.plan)) is None:
            known = self._known[run.plan] = _Known()
        known.times += 1
        if known.times <= self._often:
            return None
        if known.times == self._often + 1 and run.plan.operation.operation is OperationType.QUERY:
            known.tree = _tree(run)
        if known.tree is None:
            return None
        return self._prepared(known, known.tree, run)

    def _prepared(self, known: _Known, tree: Tree, run: "Run") -> Awaitable[Any] | None:
        try:
            for guard in tree.guards:
                guard.check(run)
            asked = [_asked(page, run) for page in tree.pages]
        except Exception:  # noqa: BLE001  # whatever it is, the plan meets it as well, and says where
            return None
        shape = tuple([each.shape for each in asked])
        if shape not in known.shapes:
            if len(known.shapes) == SHAPES:
                return None
            known.shapes[shape] = object()
        prepared = self._statements.get(known.shapes[shape], lambda: statement(tree, asked))
        return _fetched(run.context, prepared, parameters(tree, asked))


def _tree(run: "Run") -> Tree | None:
    try:
        return tree_of(run)
    except Beyond:
        return None


def _asked(page: Page, run: "Run") -> Asked:
    context: Context = run.context
    given = page.reader.arguments(page.field, run)
    ends = {end: given.pop(end, None) for end in ("first", "after", "last", "before")}
    listing = page.relation.listing(context, **given)
    return Asked(listing, paging.window(context, listing, **ends))


async def _fetched(context: Context, prepared: Prepared, values: dict[str, object]) -> orjson.Fragment:
    return orjson.Fragment(await context.scope.glance(prepared, **values))
