"""The whole way from a document's text to its result."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLSchema
from graphql.execution import (
    ExperimentalIncrementalExecutionResults,
    VariableValues,
    experimental_execute_incrementally,
)

from executor.cost import Sum, Weights
from executor.dialects import Core, Dialect
from executor.documents import Documents
from executor.explaining import explained
from executor.limits import UNLIMITED, Limits
from executor.operations import Operation
from executor.run import Run
from executor.subscribing import source_of
from executor.tracing import Trace
from executor.whole import Whole


class Engine:
    """Runs operations over a schema of graphql-core, or of a library whose dialect is given."""

    def __init__(
        self,
        schema: GraphQLSchema,
        dialect: Dialect | None = None,
        *,
        planned: bool = True,
        whole: Whole | None = None,
        limits: Limits = UNLIMITED,
        weights: Weights | None = None,
        suggesting: bool = True,
    ) -> None:
        """`limits` are those of a document; `weights` say what costs how much.

        Without `planned` graphql-core runs everything: to compare. Without `suggesting` no error about a variable says "Did
        you mean"; those of validation are the dialect's.
        """
        self.schema, self._dialect, self._planned, self.whole = schema, dialect or Core(), planned, whole
        self._suggesting, self.weights = suggesting, weights or Weights(schema)
        self.documents = Documents(schema, self._dialect, limits=limits)

    async def execute(
        self,
        source: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
    ) -> ExecutionResult:
        """Errors of parsing and validation, like all others, are in the result."""
        document = self.documents.get(source)
        if document.errors:
            return ExecutionResult(None, document.errors)
        try:
            operation = document.operation(operation_name)
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        return await self.run(operation, variables, context, root)

    async def run(
        self,
        operation: Operation,
        variables: dict[str, Any] | None = None,
        context: Any = None,
        root: Any = None,
        trace: Trace | None = None,
    ) -> ExecutionResult:
        """Runs an operation that was prepared: by its plan, or where it has none, by graphql-core, which leaves no trace."""
        values = self._coerced(operation, variables)
        if isinstance(values, list):
            return ExecutionResult(None, values)
        plan = operation.plan(values) if self._planned else None
        if plan is None:
            return await self._by_graphql_core(operation, variables, context, root)
        run = Run(plan, values, context, root, trace)
        if self.whole is None:
            return await run.result()
        if (answer := self.whole.answer(run)) is not None and (whole := await run.result_of(answer)) is not None:
            return whole
        result = await run.result()
        self.whole.ran(run, result)
        return result

    def cost(self, operation: Operation, variables: dict[str, Any] | None) -> Sum:
        """What the operation can cost at most, with these variables."""
        return operation.formula(self.weights).cost(variables or {})

    async def run_incrementally(
        self, operation: Operation, variables: dict[str, Any] | None = None, context: Any = None, root: Any = None
    ) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        """Runs an operation with @defer or @stream, by graphql-core. One that defers nothing after all has one result."""
        return await self._executed(operation, variables, context, root)

    async def _executed(
        self, operation: Operation, variables: dict[str, Any] | None, context: Any, root: Any
    ) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        done = experimental_execute_incrementally(
            self.schema,
            operation.document,
            root,
            context,
            variables,
            operation.name,
            executor_class=self._dialect.executor_class,
            hide_suggestions=not self._suggesting,
        )
        if isinstance(done, ExecutionResult | ExperimentalIncrementalExecutionResults):
            return done
        return await done

    async def source(
        self, operation: Operation, variables: dict[str, Any] | None = None, context: Any = None, root: Any = None
    ) -> AsyncIterator[Any]:
        """The events of a subscription: the answer to each is `run`'s, with the event as its root. Raises NoSource."""
        return await source_of(self.schema, operation, variables, context, root, self._dialect.executor_class)

    def readings(self) -> Iterator[str]:
        """A line for each field of the schema: how a plan reads it."""
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
                for name, field in type_.fields.items():
                    yield f"{type_.name}.{name}: {self._dialect.reader(type_, name, field).kind}"

    def explained(self, operation: Operation, variables: dict[str, Any] | None = None) -> list[str]:
        """How an operation that was run with these variables reads its fields; empty where it has no plan."""
        values = self._coerced(operation, variables)
        plan = None if isinstance(values, list) or not self._planned else operation.plan(values)
        return [] if plan is None else explained(plan)

    def _coerced(self, operation: Operation, variables: dict[str, Any] | None) -> VariableValues | list[GraphQLError]:
        return operation.variables.coerced(variables, self._suggesting)

    async def _by_graphql_core(
        self, operation: Operation, variables: dict[str, Any] | None, context: Any, root: Any
    ) -> ExecutionResult:
        done = await self._executed(operation, variables, context, root)
        if isinstance(done, ExecutionResult):
            return done
        await done.subsequent_results.aclose()
        return ExecutionResult(
            None, [GraphQLError("This answer comes in parts, by @defer or @stream: ask for it as such.")]
        )
