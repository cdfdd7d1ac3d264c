"""Arithmetic on what is known of costs before the variables are: numbers where it can be, functions where it must."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Variables: TypeAlias = Mapping[str, Any]


class Sum(NamedTuple):
    """The two costs of the specification, in its weights."""

    type: float = 0.0
    """Of the objects of the answer."""
    field: float = 0.0
    """Of the fields that lead to them, and of arguments."""

    @property
    def total(self) -> int:
        return round(self.type + self.field)


Size: TypeAlias = int | Callable[[Variables], int]
Expression: TypeAlias = Sum | Callable[[Variables], Sum]


def plus(expressions: Iterable[Expression]) -> Expression:
    known_type = known_field = 0.0
    functions = []
    for each in expressions:
        if isinstance(each, Sum):
            known_type += each.type
            known_field += each.field
        else:
            functions.append(each)
    if not functions:
        return Sum(known_type, known_field)

    def added(variables: Variables) -> Sum:
        type_, field = known_type, known_field
        for function in functions:
            its_type, its_field = function(variables)
            type_, field = type_ + its_type, field + its_field
        return Sum(type_, field)

    return added


def times(size: Size, expression: Expression) -> Expression:
    if isinstance(size, int) and isinstance(expression, Sum):
        return Sum(size * expression.type, size * expression.field)

    def multiplied(variables: Variables) -> Sum:
        factor = size if isinstance(size, int) else size(variables)
        type_, field = expression if isinstance(expression, Sum) else expression(variables)
        return Sum(factor * type_, factor * field)

    return multiplied


def most(expressions: Sequence[Expression]) -> Expression:
    """The one that costs most together."""
    if len(expressions) == 1:
        return expressions[0]
    known = [each for each in expressions if isinstance(each, Sum)]
    if len(known) == len(expressions):
        return max(known, key=sum, default=Sum())
    return lambda variables: max((value(each, variables) for each in expressions), key=sum)


def value(expression: Expression, variables: Variables) -> Sum:
    return expression if isinstance(expression, Sum) else expression(variables)
