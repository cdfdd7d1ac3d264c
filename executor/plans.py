"""Plans: an operation whose selections are merged and bound to the schema, for one choice of its @skip and @include.

Merging is graphql-core's own (`collect_fields`), so that there is one definition of it. Selections below the root are
made when execution first comes to them: a plan never costs more than what it runs.
"""

from collections.abc import Callable

from graphql import GraphQLObjectType, OperationDefinitionNode, OperationType
from graphql.execution import VariableValues
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)

from executor.bindings import Bindings
from executor.fields import Field
from executor.selections import Selection


class Plan:
    """Raises GraphQLError where the root's selections cannot be collected: a directive's argument is wrong."""

    def __init__(
        self,
        bindings: Bindings,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        root_type: GraphQLObjectType,
        directives: VariableValues,
        grown: Callable[[int], None],
        hide_suggestions: bool = False,
    ) -> None:
        """`directives` are the values of the variables that @skip and @include use.

        `grown` is told of the fields that are bound: what a plan takes to keep.
        """
        self.size = 0
        self._grown = grown
        self.schema, self.dialect, self.operation = bindings.schema, bindings.dialect, operation
        self.fragments = {name: each.definition for name, each in fragments.items()}
        self.is_mutation = operation.operation is OperationType.MUTATION
        self.hide_suggestions = hide_suggestions
        self._bindings, self._details, self._directives = bindings, fragments, directives
        self.root = self._bound(
            root_type, collect_fields(self.schema, fragments, directives, root_type, operation, hide_suggestions)
        )

    def selection(self, type_: GraphQLObjectType, field: Field) -> Selection:
        """What is selected of the objects of this type below a field."""
        details = [FieldDetails(node, None) for node in field.nodes]
        return self._bound(
            type_,
            collect_subfields(
                self.schema, self._details, self._directives, self.operation, type_, details, self.hide_suggestions
            ),
        )

    def _bound(self, type_: GraphQLObjectType, collected: CollectedFields) -> Selection:
        selected = collected.grouped_field_set.items()
        self.size += len(selected)
        self._grown(len(selected))
        fields = []
        for order, (key, details) in enumerate(selected):
            nodes = [each.node for each in details]
            if (binding := self._bindings.find(type_, nodes[0].name.value)) is not None:
                fields.append(Field(key, order, nodes, binding))
        return Selection(fields)
