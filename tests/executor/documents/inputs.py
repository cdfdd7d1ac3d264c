"""Input values of any type, as JSON for variables and as literals for documents."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
    is_required_input_field,
)

from tests.executor.documents.choices import Choices

Samples = Mapping[str, Sequence[Any]]

BUILT_IN: Samples = {
    "Int": (1, 0, -3, 2147483647),
    "Float": (0.5, 2, -1e10, 1e-7),
    "String": ("a", "", 'ü\n"\\'),
    "Boolean": (True, False),
    "ID": ("id", 5),
}
WRONG: Sequence[Any] = ("wrong", 7, 1.5, True, [], {}, [None], {"unknown": 1}, None, 2**40)


class Variable(str):
    """A variable where a literal could be."""


class EnumName(str):
    """In JSON a string, in a literal bare."""


UseVariable = Callable[[GraphQLInputType, bool], Variable | None]


def no_variable(type_: GraphQLInputType, has_default: bool) -> None:
    """For JSON, and for constant literals."""


class Inputs:
    """`wrong` is the share, in percent, of values that do not fit their type."""

    def __init__(self, choices: Choices, samples: Samples) -> None:
        self._choices = choices
        self._samples = {**BUILT_IN, **samples}

    def value(
        self,
        type_: GraphQLInputType,
        use_variable: UseVariable = no_variable,
        *,
        wrong: int = 0,
        has_default: bool = False,
        depth: int = 0,
    ) -> Any:
        choices = self._choices
        if (variable := use_variable(type_, has_default)) is not None:
            return variable
        if wrong and choices.chance(wrong):
            return choices.among(WRONG)
        if isinstance(type_, GraphQLNonNull):
            inner = type_.of_type
        else:
            inner = type_
            if choices.chance(10):
                return None
        if isinstance(inner, GraphQLList):
            return self._list(inner.of_type, use_variable, wrong, depth)
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner, use_variable, wrong, depth)
        if isinstance(inner, GraphQLEnumType):
            return EnumName(choices.among(list(inner.values)))
        return choices.among(self._samples.get(inner.name, ("text", 3, True)))

    def _list(self, item: GraphQLInputType, use_variable: UseVariable, wrong: int, depth: int) -> Any:
        if self._choices.chance(20):  # one value stands for a list of it, but a variable would have to be a list
            return self.value(item, wrong=wrong, depth=depth + 1)
        length = self._choices.below(3) if depth < 3 else 0
        return [self.value(item, use_variable, wrong=wrong, depth=depth + 1) for _ in range(length)]

    def _object(
        self, type_: GraphQLInputObjectType, use_variable: UseVariable, wrong: int, depth: int
    ) -> dict[str, Any]:
        if type_.is_one_of:
            name = self._choices.among(sorted(type_.fields, key=lambda name: _nests(type_.fields[name])))
            required = GraphQLNonNull(type_.fields[name].type)
            return {name: self.value(required, use_variable, wrong=wrong, depth=depth + 1)}
        return {
            name: self.value(
                field.type, use_variable, wrong=wrong, has_default=field.default_value is not Undefined, depth=depth + 1
            )
            for name, field in type_.fields.items()
            if is_required_input_field(field) or (not (depth > 2 and _nests(field)) and self._choices.chance(50))
        }


def _nests(field: GraphQLInputField) -> bool:
    return isinstance(get_named_type(field.type), GraphQLInputObjectType)


def literal(value: Any) -> str:
    """The value as GraphQL writes it."""
    match value:
        case Variable():
            return f"${value}"
        case EnumName():
            return str(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{name}: {literal(item)}' for name, item in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)
