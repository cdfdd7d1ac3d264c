"""One execution of an operation."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, GraphQLResolveInfo
from graphql.execution import VariableValues

from executor.failures import Failed, Failures
from executor.places import Place, Root, path
from executor.values import Column, Later
from executor.whole import ABSENT

if TYPE_CHECKING:
    from executor.arguments import Arguments
    from executor.fields import Field
    from executor.plans import Plan
    from executor.tracing import Trace


class Run:
    def __init__(
        self, plan: "Plan", variables: VariableValues, context: Any, root: Any, trace: "Trace | None" = None
    ) -> None:
        self.plan, self.variables, self.context, self.root, self.trace = plan, variables, context, root, trace
        self.failures = Failures()
        self.arguments: dict[Arguments, dict[str, Any]] = {}
        """Of the fields whose arguments have variables."""
        self.infos: dict[Place, Any] = {}
        """Made once for a column, by a dialect that has need of it."""

    def info(self, field: "Field", place: Place, index: int) -> GraphQLResolveInfo[Any]:
        """What a resolver is told, with the path of the field whose value, or whose item, is at this index."""
        steps = place.steps(index)
        while steps[-1].typename is None:
            steps = steps[:-1]
        return self.plan.dialect.info(self, field, path(steps))

    async def result(self) -> ExecutionResult:
        done = self._serially() if self.plan.is_mutation else self.plan.root.objects([self.root], Root(), self)
        return self._ended((done if isinstance(done, list) else await done)[0])

    def _ended(self, data: Any) -> ExecutionResult:
        if type(data) is Failed:
            self.failures.take(data, ())
            data = None
        result = ExecutionResult(data, self.failures.errors)
        # Both know this run; it would be gone only once Python's collector came for all three.
        self.infos, self.failures = {}, Failures()
        return result

    async def result_of(self, answer: Awaitable[Any]) -> ExecutionResult | None:
        """What is answered whole (`executor.whole`), if it is. What goes wrong is the error of each root field."""
        if self.trace is not None:
            answer = self.trace.whole(answer, self.plan.root.fields)
        try:
            data = await answer
            return None if data is ABSENT else ExecutionResult(data, None)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the fields' error
            [data] = self.plan.root.failed(error, [self.root], Root(), self)
        return self._ended(data)

    async def _serially(self) -> Column:
        """One root field after the other; none after one that is not nullable and failed (section 6.2.2)."""
        data: dict[str, Any] = {}
        for field in self.plan.root.fields:
            column: Column | Later = field.column([self.root], Root(), self)
            [value] = column if isinstance(column, list) else await column
            if type(value) is Failed:
                return [value]
            data[field.key] = value
        return [data]
