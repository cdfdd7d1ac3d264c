"""Which operations are answered whole, and how."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from graphql import ExecutionResult, OperationType

from resolvers.whole.kept import Statements
from resolvers.whole.one_statement import OneStatement
from resolvers.whole.remembered import Remembered, figures_of, texts
from resolvers.whole.tree import Beyond, tree_of

if TYPE_CHECKING:
    from executor.plans import Plan
    from executor.run import Run

OFTEN = 3
"""Times that something is asked for before it pays to find another way."""


class Way(Protocol):
    """Another way to an operation's data than its plan's (`executor.whole`)."""

    def answer(self, run: "Run") -> Awaitable[Any] | None: ...

    def ran(self, run: "Run", result: ExecutionResult) -> None: ...


class Whole:
    """One for each engine. `often` is how often something must have been asked for."""

    def __init__(self, often: int = OFTEN) -> None:
        self._often = often
        self._ways: WeakKeyDictionary[Plan, Way | None] = WeakKeyDictionary()
        self._statements, self._texts = Statements(often), texts()

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        """The operation's data, as JSON."""
        try:
            way = self._ways[run.plan]
        except KeyError:
            way = self._ways[run.plan] = self._way(run)
        return None if way is None else way.answer(run)

    def ran(self, run: "Run", result: ExecutionResult) -> None:
        if (way := self._ways[run.plan]) is not None:
            way.ran(run, result)

    def _way(self, run: "Run") -> Way | None:
        if run.plan.operation.operation is not OperationType.QUERY:
            return None
        if (figures := figures_of(run.plan)) is not None:
            return Remembered(figures, self._texts, self._often)
        try:
            return OneStatement(tree_of(run), self._statements)
        except Beyond:
            return None
