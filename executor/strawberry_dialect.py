"""Strawberry's schemas: which of their fields a plan reads by itself, and which it leaves to Strawberry's resolvers."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    recommended_rules,
    specified_rules,
)
from graphql.execution import Executor
from graphql.pyutils import Path
from graphql.validation import ASTValidationRule
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.field import StrawberryField

from executor.batching import batch_of
from executor.dialects import parts, specified
from executor.guards import Guard
from executor.readers import Attribute, Called, Reader, reader_of
from executor.strawberry_readers import Batch, Guarded, Resolved
from executor.validating import errors_of

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


class StrawberryDialect:
    def __init__(
        self,
        schema: strawberry.Schema,
        records: frozenset[type] = frozenset(),
        native: Mapping[str, type] | None = None,
        rules: Sequence[type[ASTValidationRule]] = (),
        suggesting: bool = True,
    ) -> None:
        """`native` are the types that need no serializing, by the names of the scalars: whoever writes the answer does it.

        `rules` are validated with besides those of the specification; without `suggesting` no error says "Did you mean".
        """
        self._rules, self._suggesting = (*_RULES, *rules), suggesting
        self.records = records
        self.executor_class: type[Executor[Any]] | None = schema.execution_context_class
        self._converter = schema.schema_converter
        self._readers: dict[tuple[str, str], Reader] = {}
        self._native = {name: frozenset({kind}) for name, kind in (native or {}).items()}

    def reader(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Reader:
        # Of fields of the schema, so there are no more than that has.
        if (known := self._readers.get((parent.name, name))) is None:
            known = self._readers[parent.name, name] = self._reader(parent, name, definition)
        return known

    def _reader(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Reader:
        field = (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
        resolve = definition.resolve
        if not isinstance(field, StrawberryField) or resolve is None:
            return reader_of(parent, name, definition)
        guards = [each for each in field.extensions if isinstance(each, Guard)]
        # The resolver of a subscription makes its events; what answers the field is another, which passes an event on.
        if len(guards) != len(field.extensions) or self._converter.exception_handlers or field.is_subscription:
            return Called(resolve)
        reader = self._unguarded(field, resolve)
        return Guarded(reader, guards) if guards else reader

    def _unguarded(self, field: StrawberryField, resolve: Callable[..., Any]) -> Reader:
        if field.base_resolver is None:
            plain = self._converter.config.default_resolver is getattr
            return Attribute(field.python_name) if plain else Called(resolve)
        batch = batch_of(field.base_resolver.wrapped_func)
        return Resolved(field, self._converter) if batch is None else Batch(batch, field, self._converter)

    def validate(self, schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
        return errors_of(schema, document, self._rules, self._suggesting)

    def native(self, type_: GraphQLLeafType) -> frozenset[type]:
        return self._native.get(type_.name) or specified(type_)

    def info(self, run: "Run", field: "Field", path: Path) -> GraphQLResolveInfo[Any]:
        told = ResolveInfo(*parts(run, field, path, run.variables.coerced))._replace(asked=(run, field))
        return cast(GraphQLResolveInfo[Any], told)


# Those that Strawberry validates with, and one that bounds introspection, which has lists of types in lists of types.
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *recommended_rules)


class ResolveInfo(NamedTuple):
    """graphql-core's, with what Strawberry adds to it; variables are the plain dictionary of their values."""

    field_name: str
    field_nodes: list[FieldNode]
    return_type: GraphQLOutputType
    parent_type: GraphQLObjectType
    path: Path
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    root_value: Any
    operation: OperationDefinitionNode
    variable_values: dict[str, Any]
    context: Any
    is_awaitable: Any
    abort_signal: Any
    async_helpers: Any
    operation_extensions: dict[str, Any] | None = None
    asked: "tuple[Run, Field] | None" = None
    """Who asks, for `executor.reads`."""
