"""Which operations are answered whole, and how."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from graphql import ExecutionResult, OperationType

from db.statements import Shapes
from resolvers.whole.one_statement import OneStatement
from resolvers.whole.remembered import Remembered, figures_of, texts
from resolvers.whole.tree import Beyond, tree_of

if TYPE_CHECKING:
    from executor.plans import Plan
    from executor.run import Run

OFTEN = 3
"""Times that a plan is asked for before it pays to find another way."""
STATEMENTS = 300
"""Those that are kept of all plans, the last used ones."""


class Way(Protocol):
    """Another way to an operation's data than its plan's (`executor.whole`)."""

    def answer(self, run: "Run") -> Awaitable[Any] | None: ...

    def ran(self, run: "Run", result: ExecutionResult) -> None: ...


class _Known:
    """What is known of a plan."""

    def __init__(self) -> None:
        self.times = 0
        self.way: Way | None = None


class Whole:
    """One for each engine. `often` is how often a plan must have been asked for."""

    def __init__(self, often: int = OFTEN) -> None:
        self._often = often
        self._known: WeakKeyDictionary[Plan, _Known] = WeakKeyDictionary()
        self._statements, self._texts = Shapes(STATEMENTS), texts()

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        """The operation's data, as JSON."""
        if (known := self._known.get(run.plan)) is None:
            known = self._known[run.plan] = _Known()
        known.times += 1
        if known.times == self._often + 1 and run.plan.operation.operation is OperationType.QUERY:
            known.way = self._way(run)
        return None if known.way is None else known.way.answer(run)

    def ran(self, run: "Run", result: ExecutionResult) -> None:
        if (way := self._known[run.plan].way) is not None:
            way.ran(run, result)

    def _way(self, run: "Run") -> Way | None:
        if (figures := figures_of(run)) is not None:
            return Remembered(figures, self._texts)
        try:
            return OneStatement(tree_of(run), self._statements)
        except Beyond:
            return None
