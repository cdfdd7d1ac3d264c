"""The source of a subscription's events (specification, section 6.2.3.1), made by graphql-core."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, create_source_event_stream, located_error
from graphql.execution import Executor

from executor.operations import Operation


class NoSource(Exception):
    """The operation cannot be subscribed to; `errors` say why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


async def source_of(
    schema: GraphQLSchema,
    operation: Operation,
    variables: dict[str, Any] | None,
    context: Any,
    root: Any,
    executor_class: type[Executor[Any]] | None,
) -> AsyncIterator[Any]:
    """Raises NoSource."""
    built = (executor_class or Executor).build(schema, operation.document, root, context, variables, operation.name)
    if isinstance(built, list):
        raise NoSource(built)
    made = create_source_event_stream(built)
    source = made if isinstance(made, ExecutionResult | AsyncIterable) else await made
    if isinstance(source, ExecutionResult):
        raise NoSource(source.errors or [])
    return _located(source, operation)


async def _located(source: AsyncIterable[Any], operation: Operation) -> AsyncIterator[Any]:
    """What the source fails with later is its field's error, as what it begins with is."""
    try:
        async for event in source:
            yield event
    except Exception as error:
        field = operation.node.selection_set.selections[0]
        raise located_error(error, [field]) from error
    finally:
        if (close := getattr(source, "aclose", None)) is not None:
            await close()
