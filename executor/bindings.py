"""What all plans know of a field of the schema: how it is read, and how it is completed. Worked out once.

A plan holds bindings, and no binding holds a plan: nothing that is made for a document goes round in a circle, so that one
which is let go is gone at once. Python's collector would come for it after ten thousands more.
"""

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from executor.abstract import Abstract
from executor.completing import Completer, List, NonNull, Nullable, leaf
from executor.dialects import Dialect
from executor.objects import Object
from executor.readers import Reader, Typename

_TYPENAME = GraphQLField(GraphQLNonNull(GraphQLString))


class Binding:
    """A field of an object type."""

    def __init__(
        self, parent: GraphQLObjectType, field_name: str, definition: GraphQLField, reader: Reader, dialect: Dialect
    ) -> None:
        self.parent, self.field_name, self.definition, self.reader = parent, field_name, definition, reader
        self.name = f"{parent.name}.{field_name}"
        self.objects: Object | Abstract | None = None
        """What completes its objects, if it has any."""
        self._dialect = dialect
        self.completer = self._position(definition.type)
        type_: Any = definition.type
        self.is_leaf = is_leaf_type(type_.of_type if is_non_null_type(type_) else type_)
        """Whether it has neither lists nor objects."""

    def _position(self, type_: GraphQLOutputType) -> Completer:
        if is_non_null_type(type_):
            return NonNull(self._inner(type_.of_type))
        return Nullable(self._inner(type_))

    def _inner(self, type_: Any) -> Completer:
        if is_list_type(type_):
            return List(self._position(type_.of_type))
        if is_leaf_type(type_):
            return leaf(type_, self._dialect.native(type_))
        if is_abstract_type(type_):
            self.objects = Abstract(type_)
        else:
            assert is_object_type(type_)
            self.objects = Object(type_)
        return self.objects


class Bindings:
    """Those of a schema."""

    def __init__(self, schema: GraphQLSchema, dialect: Dialect) -> None:
        self.schema, self.dialect = schema, dialect
        self._known: dict[tuple[str, str], Binding] = {}

    def find(self, parent: GraphQLObjectType, name: str) -> Binding | None:
        """None where the type has no such field."""
        # Of fields of the schema, so there are no more than it has.
        if (known := self._known.get((parent.name, name))) is not None:
            return known
        if name == "__typename":
            made = Binding(parent, name, _TYPENAME, Typename(), self.dialect)
        elif (definition := parent.fields.get(name)) is not None:
            made = Binding(parent, name, definition, self.dialect.reader(parent, name, definition), self.dialect)
        else:
            return None
        self._known[parent.name, name] = made
        return made
