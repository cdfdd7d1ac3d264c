"""Plans behind Strawberry's own `Schema.execute`, by way of its public extension point.

    schema = strawberry.Schema(Query, execution_context_class=PlannedExecution)

Parsing, validation and Strawberry's extensions stay Strawberry's. What its extensions resolve fields with (`resolve`) is
middleware, which no plan covers: graphql-core runs such operations, and all others that have no plan. Each event of a
subscription runs through one plan.
"""

from typing import Any, cast
from weakref import WeakKeyDictionary

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

_bindings: WeakKeyDictionary[strawberry.Schema, Bindings] = WeakKeyDictionary()


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
            kept = Operation(_bound(self.schema), self.operation, list(self.fragment_definitions.values()))
            self.__dict__["_planned"] = kept
        return kept


def _bound(schema: GraphQLSchema) -> Bindings:
    of = cast(strawberry.Schema, cast(Any, schema)._strawberry_schema)
    if of not in _bindings:
        _bindings[of] = Bindings(schema, StrawberryDialect(of))
    return _bindings[of]
