"""What a plan must know of the library that a schema was made with."""

from asyncio import ensure_future
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from graphql import (
    DocumentNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    specified_rules,
)
from graphql.execution import Executor
from graphql.pyutils import Path, gather_with_cancel
from graphql.type.definition import GraphQLResolveInfoHelpers

from executor.readers import Reader, reader_of
from executor.validating import errors_of
from executor.values import is_awaitable

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


class Dialect(Protocol):
    records: frozenset[type]
    """The types of sources whose attributes can be read as items."""

    executor_class: type[Executor[Any]] | None
    """What runs the operations that no plan covers."""

    def validate(self, schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
        """What is wrong with a document."""
        ...

    def reader(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Reader:
        """How a field is read."""
        ...

    def native(self, type_: GraphQLLeafType) -> frozenset[type]:
        """The Python types whose values are in the answer as they are: serializing would give the same value."""
        ...

    def info(self, run: "Run", field: "Field", path: Path) -> GraphQLResolveInfo[Any]:
        """What a resolver is told."""
        ...


class Core:
    """graphql-core's own schemas."""

    records: frozenset[type] = frozenset()
    executor_class: type[Executor[Any]] | None = None

    def validate(self, schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
        return errors_of(schema, document, specified_rules)

    def reader(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Reader:
        return reader_of(parent, name, definition)

    def native(self, type_: GraphQLLeafType) -> frozenset[type]:
        return specified(type_)

    def info(self, run: "Run", field: "Field", path: Path) -> GraphQLResolveInfo[Any]:
        return GraphQLResolveInfo(*parts(run, field, path, run.variables))


def specified(type_: GraphQLLeafType) -> frozenset[type]:
    """For the scalars of the specification; integers and floats are looked at for their range (`executor.completing`)."""
    if type_ is GraphQLString or type_ is GraphQLID:
        return frozenset({str})
    return frozenset({bool}) if type_ is GraphQLBoolean else frozenset()


def parts(run: "Run", field: "Field", path: Path, variables: object) -> tuple[Any, ...]:
    """The fields of GraphQLResolveInfo, in its order."""
    plan = run.plan
    return (
        field.field_name,
        field.nodes,
        field.definition.type,
        field.parent,
        path,
        plan.schema,
        plan.fragments,
        run.root,
        plan.operation,
        variables,
        run.context,
        is_awaitable,
        None,
        _HELPERS,
    )


async def _gather(values: Sequence[Any]) -> list[Any]:
    return list(await gather_with_cancel(*values))


_tracked: set[Any] = set()


def _track(values: Sequence[Any]) -> None:
    for value in values:
        if is_awaitable(value):
            future = ensure_future(value)
            _tracked.add(future)
            future.add_done_callback(_settled)


def _settled(future: Any) -> None:
    _tracked.discard(future)
    if not future.cancelled():
        future.exception()  # looked at, so that nobody is warned of it


_HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
