"""One field of a selection: how its column is read, and how it is completed."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from executor.abstract import Abstract
from executor.arguments import Arguments
from executor.completing import Completer, List, NonNull, Nullable, leaf
from executor.objects import Object
from executor.places import Place, Step, Under
from executor.readers import Reader, failed
from executor.values import Column, Later, then

if TYPE_CHECKING:
    from executor.run import Run

Native = Callable[[GraphQLOutputType], frozenset[type]]
"""Which Python types a leaf's values may have so that they need no serializing."""


class Field:
    def __init__(
        self,
        key: str,
        order: int,
        nodes: Sequence[FieldNode],
        parent: GraphQLObjectType,
        definition: GraphQLField,
        reader: Reader,
        native: Native,
    ) -> None:
        self.key, self.nodes, self.parent, self.definition = key, list(nodes), parent, definition
        self.field_name = nodes[0].name.value
        self.name = f"{parent.name}.{self.field_name}"
        self.step = Step(key, parent.name, order)
        self.arguments = Arguments(definition, nodes[0])
        self.reader = reader
        self._native = native
        self.objects: Object | Abstract | None = None
        """What completes its objects, if it has any."""
        self._completer = self._position(definition.type)
        self.reads_below: dict[tuple[str, ...], frozenset[str] | None] = {}
        """What `executor.reads` has found out."""

    def column(self, sources: Column, place: Place, run: "Run") -> Column | Later:
        """What the answer holds at this field, for each source."""
        under = Under(place, self.step)
        raw = self.reader.read(sources, self, under, run)
        column = then(raw, lambda raw: self._completer.complete(raw, under, run))
        return column if run.trace is None else run.trace.follow(self, sources, place, column)

    def failed(self, error: Exception, sources: Column, place: Place, run: "Run") -> Column:
        """What the answer holds at this field when it fails for all sources."""
        under = Under(place, self.step)
        return cast(Column, self._completer.complete(failed(error, sources, self, under, run), under, run))

    @property
    def is_leaf(self) -> bool:
        """Whether it has neither lists nor objects."""
        type_: Any = self.definition.type
        return is_leaf_type(type_.of_type if is_non_null_type(type_) else type_)

    def _position(self, type_: GraphQLOutputType) -> Completer:
        if is_non_null_type(type_):
            return NonNull(self._inner(type_.of_type), self)
        return Nullable(self._inner(type_))

    def _inner(self, type_: Any) -> Completer:
        if is_list_type(type_):
            return List(self._position(type_.of_type), self)
        if is_leaf_type(type_):
            return leaf(type_, self._native(type_), self)
        if is_abstract_type(type_):
            self.objects = Abstract(type_, self)
        else:
            assert is_object_type(type_)
            self.objects = Object(type_, self)
        return self.objects
