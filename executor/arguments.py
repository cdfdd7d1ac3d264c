"""A field's arguments: coerced once for all its parents, and once for all requests where no variable is in them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_list_type,
)
from graphql.execution.values import get_argument_values

if TYPE_CHECKING:
    from executor.run import Run

Fill: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""An argument's value, from those of the variables. Raises _Unusual."""


class _Unusual(Exception):
    """A variable is null or was not given: there may be a default, or an error."""


class NoArguments:
    """Most fields take none."""

    def values(self, run: "Run") -> dict[str, Any]:
        return {}


_NONE = NoArguments()


def arguments_of(definition: GraphQLField, node: FieldNode) -> "Arguments | NoArguments":
    return Arguments(definition, node) if definition.args or node.arguments else _NONE


class Arguments:
    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition, self._node = definition, node
        self._fixed: dict[str, Any] | None = None
        self._fixable = not _has_variable(node)
        self._fills: list[tuple[str, Fill]] | None = None
        """How to fill the arguments in, once all is worked out that does not depend on variables."""
        self._fillable = not self._fixable

    def values(self, run: "Run") -> dict[str, Any]:
        """By the names that the resolver knows. Raises GraphQLError where a value cannot be coerced."""
        if self._fixed is not None:
            return self._fixed
        if (known := run.arguments.get(self)) is not None:
            return known
        values = self._filled(run) if self._fills else None
        if values is None:
            values = get_argument_values(self._definition, self._node, run.variables, None, run.plan.hide_suggestions)
            # A resolver may change a list or an input object that it is given: those are made anew each time.
            if self._fixable and not any(isinstance(value, list | dict) for value in values.values()):
                self._fixed = values
                return values
            if self._fillable and self._fills is None:
                self._fills = self._prepared(values)
                self._fillable = self._fills is not None
        run.arguments[self] = values
        return values

    def _filled(self, run: "Run") -> dict[str, Any] | None:
        coerced = run.variables.coerced
        try:
            return {name: fill(coerced) for name, fill in self._fills or ()}
        except _Unusual:
            return None

    def _prepared(self, values: dict[str, Any]) -> list[tuple[str, Fill]] | None:
        """None where an argument is neither a variable, nor a list of some, nor fixed.

        `values` are those that graphql-core has found once.
        """
        given = {each.name.value: each.value for each in self._node.arguments or ()}
        fills = []
        for name, argument in self._definition.args.items():
            key, node = argument.out_name or name, given.get(name)
            if node is not None and _holds_variable(node):
                fill = _fill(node, argument)
            elif key not in values:
                continue
            else:
                fill = None if isinstance(values[key], list | dict) else _constant(values[key])
            if fill is None:
                return None
            fills.append((key, fill))
        return fills


def _constant(value: Any) -> Fill:
    return lambda _: value


def _fill(node: ValueNode, argument: GraphQLArgument) -> Fill | None:
    if isinstance(node, VariableNode):
        return _variable(node.name.value)
    if isinstance(node, ListValueNode) and is_list_type(get_nullable_type(argument.type)):
        names = [each.name.value for each in node.values if isinstance(each, VariableNode)]
        if len(names) == len(node.values):
            each = [_variable(name) for name in names]
            return lambda coerced: [fill(coerced) for fill in each]
    return None


def _variable(name: str) -> Fill:
    def fill(coerced: Mapping[str, Any]) -> Any:
        if (value := coerced.get(name)) is None:
            raise _Unusual
        return value

    return fill


def _has_variable(node: FieldNode) -> bool:
    return any(_holds_variable(argument.value) for argument in node.arguments or ())


def _holds_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_holds_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_holds_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)
