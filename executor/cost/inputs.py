"""What arguments say about costs: how long a list is, and what is given that costs something by itself.

Values of variables are taken as the client sent them. What is not of its type is refused when variables are coerced, so
here it is nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

from executor.cost.sums import Expression, Size, Sum, Variables, plus
from executor.cost.weights import Field, Input, Length, Weights

Defaults = Mapping[str, Any]
"""Of the operation's variables."""


def size_of(field: Field, node: FieldNode, weights: Weights, defaults: Defaults) -> Size:
    """How many items the field has, or its sized fields; 1 where it is no list and has none."""
    if field.size is None:
        return weights.unsized if field.is_list else 1
    slicing = field.size.slicing_arguments
    assumed = field.size.assumed_size if isinstance(field.size.assumed_size, int) else weights.unsized
    if field.length is not None:
        return _told(field.length, node, assumed, defaults)
    if not slicing:
        return assumed
    otherwise = assumed if weights.page is None else weights.page
    given = [each.value for each in node.arguments or () if each.name.value in slicing]
    variables = [each.name.value for each in given if isinstance(each, VariableNode)]
    literals = [int(each.value) for each in given if isinstance(each, IntValueNode)]
    if not variables:
        return _bounded(max(literals, default=otherwise), weights.largest)

    def size(values: Variables) -> int:
        numbers = [values.get(name, defaults.get(name)) for name in variables]
        sizes = [*literals, *(int(each) for each in numbers if isinstance(each, int | float))]
        return _bounded(max(sizes, default=otherwise), weights.largest)

    return size


def _told(length: Length, node: FieldNode, assumed: int, defaults: Defaults) -> Size:
    """What the arguments tell, at once where they have no variables."""
    arguments = {each.name.value: each.value for each in node.arguments or ()}

    def size(variables: Variables) -> int:
        given = {**defaults, **variables}
        told = length({name: value_from_ast_untyped(value, given) for name, value in arguments.items()})
        return assumed if told is None else told

    if any(isinstance(value, VariableNode) for value in arguments.values()):
        return size
    return size({})


def _bounded(size: int, largest: int | None) -> int:
    return max(0, size if largest is None else min(size, largest))


def cost_of(arguments: Mapping[str, Input], node: FieldNode, defaults: Defaults) -> Expression:
    """What the arguments that are given cost."""
    given: list[ArgumentNode] = [each for each in node.arguments or () if each.name.value in arguments]
    return plus([_cost(arguments[each.name.value], each.value, defaults) for each in given])


def _cost(input_: Input, node: ValueNode, defaults: Defaults) -> Expression:
    if isinstance(node, VariableNode):
        return _of_variable(input_, node.name.value, defaults)
    if isinstance(node, NullValueNode):
        return Sum()
    if isinstance(node, ListValueNode):
        return plus([_cost(input_, item, defaults) for item in node.values])
    parts: list[Expression] = [Sum(field=input_.weight)]
    if isinstance(node, ObjectValueNode):
        given = [each for each in node.fields if each.name.value in input_.fields]
        parts += [_cost(input_.fields[each.name.value], each.value, defaults) for each in given]
    return plus(parts)


def _of_variable(input_: Input, name: str, defaults: Defaults) -> Callable[[Variables], Sum]:
    return lambda variables: Sum(field=_worth(input_, variables.get(name, defaults.get(name))))


def _worth(input_: Input, value: Any) -> float:
    if value is None:
        return 0.0
    if isinstance(value, list):
        return sum(_worth(input_, item) for item in value)
    fields = value if isinstance(value, dict) else {}
    return input_.weight + sum(_worth(each, fields.get(name)) for name, each in input_.fields.items())


def defaults_of(definitions: Any) -> dict[str, Any]:
    """Of the variables that have one."""
    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in definitions or ()
        if each.default_value is not None
    }
