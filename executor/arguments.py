"""A field's arguments: coerced once for all its parents, and once for all requests where no variable is in them."""

from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, ListValueNode, ObjectValueNode, ValueNode, VariableNode
from graphql.execution.values import get_argument_values

if TYPE_CHECKING:
    from executor.run import Run


class Arguments:
    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition, self._node = definition, node
        self._none = not (definition.args or node.arguments)
        self._fixed: dict[str, Any] | None = None
        self._fixable = not self._none and not _has_variable(node)

    def values(self, run: "Run") -> dict[str, Any]:
        """By the names that the resolver knows. Raises GraphQLError where a value cannot be coerced."""
        if self._none:
            return {}
        if self._fixed is not None:
            return self._fixed
        if (known := run.arguments.get(self)) is not None:
            return known
        values = get_argument_values(self._definition, self._node, run.variables, None, run.plan.hide_suggestions)
        # A resolver may change a list or an input object that it is given: those are made anew each time.
        if self._fixable and not any(isinstance(value, list | dict) for value in values.values()):
            self._fixed = values
        else:
            run.arguments[self] = values
        return values


def _has_variable(node: FieldNode) -> bool:
    return any(_holds_variable(argument.value) for argument in node.arguments or ())


def _holds_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_holds_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_holds_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)
