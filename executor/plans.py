"""Plans: an operation whose selections are merged and bound to the schema, for one choice of its @skip and @include.

Merging is graphql-core's own (`collect_fields`), so that there is one definition of it. Selections below the root are
made when execution first comes to them: a plan never costs more than what it runs.
"""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import VariableValues
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)

from executor.dialects import Dialect
from executor.fields import Field
from executor.readers import Typename
from executor.selections import Selection

_TYPENAME = GraphQLField(GraphQLNonNull(GraphQLString))


class Plan:
    """Raises GraphQLError where the root's selections cannot be collected: a directive's argument is wrong."""

    def __init__(
        self,
        schema: GraphQLSchema,
        dialect: Dialect,
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
        self.schema, self.dialect, self.operation = schema, dialect, operation
        self.fragments = {name: each.definition for name, each in fragments.items()}
        self.is_mutation = operation.operation is OperationType.MUTATION
        self.hide_suggestions = hide_suggestions
        self._details, self._directives = fragments, directives
        self.root = self._bound(
            root_type, collect_fields(schema, fragments, directives, root_type, operation, hide_suggestions)
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
        fields = [
            self._field(key, order, [each.node for each in details], type_)
            for order, (key, details) in enumerate(collected.grouped_field_set.items())
        ]
        self.size += len(fields)
        self._grown(len(fields))
        return Selection([field for field in fields if field is not None])

    def _field(self, key: str, order: int, nodes: Sequence[FieldNode], type_: GraphQLObjectType) -> Field | None:
        name = nodes[0].name.value
        native: Any = self.dialect.native
        if name == "__typename":
            return Field(key, order, nodes, type_, _TYPENAME, Typename(), native)
        definition = type_.fields.get(name)
        if definition is None:
            return None
        return Field(key, order, nodes, type_, definition, self.dialect.reader(type_, name, definition), native)
