"""Plans behind Strawberry's own `Schema.execute`, by way of its public extension point.

    schema = strawberry.Schema(Query, execution_context_class=PlannedExecution)

Parsing, validation and Strawberry's extensions stay Strawberry's. What its extensions resolve fields with (`resolve`) is
middleware, which no plan covers: graphql-core runs such operations, and all others that have no plan. Each event of a
subscription runs through one plan.
"""

from typing import Any, cast

import strawberry
from graphql import ExecutionResult, GraphQLSchema
from graphql.execution.types import ExperimentalIncrementalExecutionResults
from graphql.pyutils import AwaitableOrValue
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from executor.bindings import Bindings
from executor.operations import Operation
from executor.run import Run
from executor.strawberry_dialect import StrawberryDialect

Result = ExecutionResult | ExperimentalIncrementalExecutionResults

_KEPT_AS = "executor.bindings"


class PlannedExecution(StrawberryGraphQLCoreExecutionContext):
    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Result]:
        plan = None
        if self.middleware_manager is None or not self.middleware_manager.middlewares:
            plan = self._operation().plan(self.variable_values)
        if plan is None:
            return super().execute_operation(serially)
        return Run(plan, self.variable_values, self.context_value, self.root_value).result()

    def _operation(self) -> Operation:
        """One for all events of a subscription: their executors are copies of the first, with what it holds."""
        kept: Operation | None = self.__dict__.get("_planned")
        if kept is None:
            kept = Operation(_bindings_of(self.schema), self.operation, list(self.fragment_definitions.values()))
            self.__dict__["_planned"] = kept
        return kept


def _bindings_of(schema: GraphQLSchema) -> Bindings:
    """Kept by the schema itself, for they hold it."""
    if (known := schema.extensions.get(_KEPT_AS)) is None:
        of = cast(strawberry.Schema, cast(Any, schema)._strawberry_schema)
        known = schema.extensions[_KEPT_AS] = Bindings(schema, StrawberryDialect(of))
    return cast(Bindings, known)
