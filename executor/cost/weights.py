"""What the directives of a Strawberry schema say, by field."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from executor.cost.directives import Cost, ListSize

Length: TypeAlias = Callable[[Mapping[str, Any]], int | None]
"""How long a list is by the field's arguments, as they were sent; None where they do not say it."""
LENGTH = "executor.cost.length"
"""Where a Strawberry field's metadata may have one: no directive of the specification says that of a list of days."""


class Input(NamedTuple):
    """What an argument, or a field of an input object, costs where it is given and not null."""

    weight: float
    fields: Mapping[str, "Input"]
    """Those of an input object that cost something."""


class Field(NamedTuple):
    weight: float
    """Of each time that it is asked for."""
    type: GraphQLNamedType
    """Of its value, or of the items of its list."""
    is_list: bool
    size: ListSize | None
    length: Length | None
    arguments: Mapping[str, Input]


class Weights:
    """An object costs 1, and so does a field that leads to objects; a leaf costs nothing, and neither does an argument.

    (The specification gives an argument that is an input object a weight of 1. Here it costs what its directive says.)
    """

    def __init__(
        self, schema: GraphQLSchema, page: int | None = None, largest: int | None = None, unsized: int = 10
    ) -> None:
        """`page` is the size of a page whose slicing arguments are not given, instead of what is assumed in the schema.

        `largest` is what no list is longer than: who asks for more gets an error. `unsized` is taken for a list of which
        nothing is said.
        """
        self.schema, self.page, self.largest, self.unsized = schema, page, largest, unsized
        self._fields: dict[tuple[str, str], Field] = {}
        self._types: dict[str, float] = {}

    def field(self, parent: GraphQLNamedType, name: str) -> Field:
        # Of fields of the schema, so there are no more than that has.
        if (known := self._fields.get((parent.name, name))) is None:
            definition: GraphQLField = getattr(parent, "fields")[name]  # noqa: B009  # of objects and interfaces alike
            known = self._fields[parent.name, name] = self._field(definition)
        return known

    def type(self, name: str) -> float:
        """Of each object of this type."""
        if (known := self._types.get(name)) is None:
            type_ = self.schema.type_map[name]
            known = self._types[name] = _weight(_directives(type_), 1.0 if is_composite_type(type_) else 0.0)
        return known

    def possible(self, type_: GraphQLNamedType) -> frozenset[str]:
        if is_abstract_type(type_):
            return frozenset(each.name for each in self.schema.get_possible_types(type_))
        return frozenset({type_.name})

    def _field(self, definition: GraphQLField) -> Field:
        directives, named = _directives(definition), get_named_type(definition.type)
        return Field(
            _weight(directives, 1.0 if is_composite_type(named) else 0.0),
            named,
            is_list_type(get_nullable_type(definition.type)),
            next((each for each in directives if isinstance(each, ListSize)), None),
            getattr(_declared(definition), "metadata", {}).get(LENGTH),
            self._inputs(definition.args, ()),
        )

    def _inputs(self, inputs: Mapping[str, Any], inside: tuple[GraphQLNamedType, ...]) -> dict[str, Input]:
        """`inside` are the input types around them: what holds itself costs no more for it."""
        found = {}
        for name, definition in inputs.items():
            named = get_named_type(definition.type)
            fields: dict[str, Input] = {}
            if isinstance(named, GraphQLInputObjectType) and named not in inside:
                fields = self._inputs(named.fields, (*inside, named))
            weight = _weight(_directives(definition), 0.0)
            if weight or fields:
                found[name] = Input(weight, fields)
        return found


def _declared(definition: Any) -> object:
    """What Strawberry made it of."""
    return (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)


def _directives(definition: Any) -> Iterable[object]:
    return getattr(_declared(definition), "directives", None) or ()


def _weight(directives: Iterable[object], otherwise: float) -> float:
    return next((float(each.weight) for each in directives if isinstance(each, Cost)), otherwise)
