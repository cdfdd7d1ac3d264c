"""Operations as observers see them: who is told of one, and what."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import orjson
from graphql import ExecutionResult
from graphql.execution import ExperimentalIncrementalExecutionResults
from graphql.execution.types import SubsequentIncrementalExecutionResult

from executor import Engine, Operation, Trace
from loaders.figures import Read
from resolvers.context import Context


class Identity(NamedTuple):
    """What an operation is called. All of it may be logged: a name in GraphQL is a word of letters and digits."""

    name: str
    """`anonymous` where it has none."""
    document: str
    """The first 16 hexadecimal digits of its document's SHA-256: as clients of persisted queries know it."""
    type: str
    """`query`, `mutation` or `subscription`."""


class Ran(NamedTuple):
    """An operation that was run, whatever came of it."""

    operation: Operation
    context: Context
    seconds: float
    statements: int
    sql_seconds: float
    figures_read: Sequence[Read]
    """The statistics that it read, and where each came from."""
    result: ExecutionResult | None
    """None where it was given up: the client went away, or there is a bug."""
    plan: Callable[[], list[str]]
    """How it was run. Worked out when it is asked for."""

    @property
    def whole(self) -> bool:
        """Whether one SQL statement wrote the answer."""
        data: Any = self.result and self.result.data
        # Figures that were kept are passed on as JSON as well.
        return bool(data) and not self.figures_read and any(type(each) is orjson.Fragment for each in data.values())


Ended: TypeAlias = Callable[[Ran], None]
Observer: TypeAlias = Callable[[Operation], Ended]
"""Called when an operation begins; what it gives is called when it has ended, in the same task."""


class ObservedEngine(Engine):
    """Tells observers of each operation that it runs."""

    observers: Sequence[Observer] = ()

    async def run(
        self,
        operation: Operation,
        variables: dict[str, Any] | None = None,
        context: Any = None,
        root: Any = None,
        trace: Trace | None = None,
    ) -> ExecutionResult:
        result, ended = None, self._begun(operation, variables, context)
        try:
            result = await super().run(operation, variables, context, root, trace)
            return result
        finally:
            ended(result)

    async def run_incrementally(
        self, operation: Operation, variables: dict[str, Any] | None = None, context: Any = None, root: Any = None
    ) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        """It has ended with its last part, or when that is not waited for any more."""
        result, ended = None, self._begun(operation, variables, context)
        try:
            result = await super().run_incrementally(operation, variables, context, root)
        finally:
            if result is None or isinstance(result, ExecutionResult):
                ended(result)
        if isinstance(result, ExecutionResult):
            return result
        initial, later = result
        parts: Any = Parts(later, ExecutionResult(initial.data, initial.errors), ended)
        return ExperimentalIncrementalExecutionResults(initial, parts)

    def _begun(
        self, operation: Operation, variables: dict[str, Any] | None, context: Context
    ) -> Callable[[ExecutionResult | None], None]:
        """Tells the observers that it begins; what is returned tells them that it has ended."""
        sql = context.sql
        statements, sql_seconds, read = sql.statements, sql.seconds, len(context.figures_read)
        observers = [observer(operation) for observer in self.observers]
        began = time.perf_counter()

        def ended(result: ExecutionResult | None) -> None:
            ran = Ran(
                operation,
                context,
                time.perf_counter() - began,
                sql.statements - statements,
                sql.seconds - sql_seconds,
                context.figures_read[read:],
                result,
                lambda: self.explained(operation, variables),
            )
            for end in observers:
                end(ran)

        return ended


class Parts:
    """The later parts of an answer, to the last one. No generator: one that was never begun would not notice its end."""

    def __init__(
        self,
        parts: AsyncGenerator[SubsequentIncrementalExecutionResult, None],
        result: ExecutionResult,
        ended: Callable[[ExecutionResult | None], None],
    ) -> None:
        """`ended` gets the first result with the errors of all parts, or None where they were given up."""
        self._parts, self._result, self._errors = parts, result, list(result.errors or ())
        self._ended: Callable[[ExecutionResult | None], None] | None = ended

    def __aiter__(self) -> "Parts":
        return self

    async def __anext__(self) -> SubsequentIncrementalExecutionResult:
        try:
            part = await anext(self._parts)
        except StopAsyncIteration:
            self._end(ExecutionResult(self._result.data, self._errors or None))
            raise
        for each in (*(part.incremental or ()), *(part.completed or ())):
            self._errors += each.errors or ()
        return part

    async def aclose(self) -> None:
        try:
            await self._parts.aclose()
        finally:
            self._end(None)

    def _end(self, result: ExecutionResult | None) -> None:
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended(result)


_known: WeakKeyDictionary[Operation, Identity] = WeakKeyDictionary()


def identity(operation: Operation) -> Identity:
    """Worked out once for an operation that is kept."""
    found = _known.get(operation)
    if found is None:
        assert operation.node.loc is not None
        digest = sha256(operation.node.loc.source.body.encode(errors="replace")).hexdigest()
        found = _known[operation] = Identity(operation.name or "anonymous", digest[:16], operation.kind.value)
    return found
