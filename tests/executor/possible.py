"""The errors that any order of events could lead to."""

import asyncio
import inspect

from graphql import Executor, GraphQLError, GraphQLSchema, parse
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from tests.executor.documents.requests import Request
from tests.executor.world.world import World


class _AllErrors(CollectedErrors):
    """Keeps those below nulled positions, too."""

    def add(self, error: GraphQLError, path: Path | None) -> None:
        self.errors.append(error)


async def possible_errors(schema: GraphQLSchema, request: Request, world: World) -> list[GraphQLError]:
    """Of a run in which an error nulls its own position and no more, so that everything else is run."""
    executor = Executor.build(
        schema,
        parse(request.document),
        context_value=world,
        raw_variable_values=request.variables,
        operation_name=request.operation_name,
    )
    assert isinstance(executor, Executor)
    executor.error_propagation = False
    executor.collected_errors = _AllErrors()
    result = executor.execute_operation()
    if inspect.isawaitable(result):
        await result
    while executor.background_futures:
        await asyncio.wait(executor.background_futures)
    return executor.collected_errors.errors
