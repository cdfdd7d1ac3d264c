"""One field of a plan: how its column is read, and how it is completed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from graphql import FieldNode, GraphQLObjectType

from executor.arguments import arguments_of
from executor.bindings import Binding
from executor.places import Place, Step, Under
from executor.readers import failed
from executor.values import Column, Later, then

if TYPE_CHECKING:
    from executor.run import Run
    from executor.selections import Selection


class Field:
    def __init__(self, key: str, order: int, nodes: Sequence[FieldNode], binding: Binding) -> None:
        self.key, self.nodes, self._binding = key, list(nodes), binding
        self.parent, self.definition, self.reader = binding.parent, binding.definition, binding.reader
        self.field_name, self.name = binding.field_name, binding.name
        self.objects, self.is_leaf = binding.objects, binding.is_leaf
        self.step = Step(key, binding.parent.name, order)
        self.arguments = arguments_of(binding.definition, nodes[0])
        self.selections: dict[GraphQLObjectType, Selection] = {}
        """What is selected of its objects, by their types: of those that execution has come to."""
        self.reads_below: dict[tuple[str, ...], frozenset[str] | None] = {}
        """What `executor.reads` has found out."""

    def column(self, sources: Column, place: Place, run: "Run") -> Column | Later:
        """What the answer holds at this field, for each source."""
        under = Under(place, self.step)
        raw = self.reader.read(sources, self, under, run)
        column = then(raw, lambda raw: self._binding.completer.complete(raw, self, under, run))
        return column if run.trace is None else run.trace.follow(self, sources, place, column)

    def failed(self, error: Exception, sources: Column, place: Place, run: "Run") -> Column:
        """What the answer holds at this field when it fails for all sources."""
        under = Under(place, self.step)
        column = failed(error, sources, self, under, run)
        return cast(Column, self._binding.completer.complete(column, self, under, run))

    def selection(self, type_: GraphQLObjectType, run: "Run") -> "Selection":
        """Raises GraphQLError where the argument of a directive is wrong."""
        if (made := self.selections.get(type_)) is None:
            made = self.selections[type_] = run.plan.selection(type_, self)
        return made
