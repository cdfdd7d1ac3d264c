"""Operations as observers see them: who is told of one, and what."""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import orjson
from graphql import ExecutionResult

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
        return isinstance(data, orjson.Fragment)


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
        sql = context.sql
        statements, sql_seconds, read = sql.statements, sql.seconds, len(context.figures_read)
        result = None
        ended = [observer(operation) for observer in self.observers]
        began = time.perf_counter()
        try:
            result = await super().run(operation, variables, context, root, trace)
            return result
        finally:
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
            for end in ended:
                end(ran)


_known: WeakKeyDictionary[Operation, Identity] = WeakKeyDictionary()


def identity(operation: Operation) -> Identity:
    """Worked out once for an operation that is kept."""
    found = _known.get(operation)
    if found is None:
        assert operation.node.loc is not None
        digest = sha256(operation.node.loc.source.body.encode(errors="replace")).hexdigest()
        found = _known[operation] = Identity(operation.name or "anonymous", digest[:16], operation.kind.value)
    return found
