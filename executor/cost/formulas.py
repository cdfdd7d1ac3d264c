"""An operation as a function of its variables that tells what it can cost at most.

Fields that are merged count once, as they run once; of the types that an object can have, the one that costs most counts.
What @skip and @include leave out counts as well: a client that is charged for it can send another document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from executor.cost.inputs import cost_of, defaults_of, size_of
from executor.cost.sums import Expression, Size, Sum, Variables, most, plus, times, value
from executor.cost.weights import Weights

INTROSPECTION = 200.0
"""Of `__schema` and of `__type`, with all below: about what as many rows take."""

Group = tuple[str, frozenset[str]]
"""Fields of one response name that are selected of the same types."""


class Formula:
    """Of a document that was validated, so each fragment and each field exists, and no fragment is inside itself."""

    def __init__(
        self,
        weights: Weights,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self._weights, self._fragments = weights, fragments
        self._defaults = defaults_of(operation.variable_definitions)
        root = weights.schema.get_root_type(operation.operation)
        assert root is not None
        self._expression = self._object(root, [operation.selection_set], {})

    def cost(self, variables: Variables) -> Sum:
        """`variables` as they were sent."""
        return value(self._expression, variables)

    def _object(
        self, parent: GraphQLNamedType, selections: Sequence[SelectionSetNode], sizes: Mapping[str, Size]
    ) -> Expression:
        """Of one object and what is selected of it. `sizes` are those that the field above gave to fields of it."""
        groups: dict[Group, list[tuple[GraphQLNamedType, FieldNode]]] = {}
        possible = self._weights.possible(parent)
        for each in selections:
            self._collect(each, parent, possible, groups, set())
        costs = {group: self._field(fields, sizes) for group, fields in groups.items()}
        return most(
            [
                plus(
                    [Sum(type=self._weights.type(name)), *(cost for (_, types), cost in costs.items() if name in types)]
                )
                for name in possible
            ]
        )

    def _collect(
        self,
        selections: SelectionSetNode,
        parent: GraphQLNamedType,
        types: frozenset[str],
        into: dict[Group, list[tuple[GraphQLNamedType, FieldNode]]],
        spread: set[tuple[str, frozenset[str]]],
    ) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                key = node.alias or node.name
                into.setdefault((key.value, types), []).append((parent, node))
                continue
            if isinstance(node, FragmentSpreadNode):
                if (node.name.value, types) in spread:
                    continue
                spread.add((node.name.value, types))
                fragment: Any = self._fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            condition = fragment.type_condition
            type_ = parent if condition is None else self._weights.schema.type_map[condition.name.value]
            if both := types & self._weights.possible(type_):
                self._collect(fragment.selection_set, type_, both, into, spread)

    def _field(self, fields: Sequence[tuple[GraphQLNamedType, FieldNode]], sizes: Mapping[str, Size]) -> Expression:
        parent, node = fields[0]
        name = node.name.value
        if name.startswith("__"):
            return Sum(field=0.0 if name == "__typename" else INTROSPECTION)
        field = self._weights.field(parent, name)
        # Most fields are such leaves, and a document that is new waits for this.
        if node.selection_set is None and not node.arguments and not field.is_list:
            return Sum(self._weights.type(field.type.name), field.weight)
        size = sizes[name] if name in sizes else size_of(field, node, self._weights, self._defaults)
        below: Mapping[str, Size] = {}
        if field.size is not None and field.size.sized_fields:
            below, size = dict.fromkeys(field.size.sized_fields, size), 1
        selections = [each.selection_set for _, each in fields if each.selection_set is not None]
        objects = self._object(field.type, selections, below)
        return plus([Sum(field=field.weight), cost_of(field.arguments, node, self._defaults), times(size, objects)])
