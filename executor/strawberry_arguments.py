"""Arguments as a resolver's own types: what Strawberry's `convert_argument` does, worked out once for each field.

Strawberry looks at an argument's type each time, which costs a list of 50 as much as its rows. What has a conversion of its
own (`from_input`, GlobalID, Maybe without null) is left to Strawberry.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING
from typing import Any

from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info
from strawberry.types.lazy_type import LazyType
from strawberry.types.maybe import Some

Convert = Callable[[Any], Any]


class _Special(Exception):
    """Strawberry has a conversion of its own."""


class Conversion:
    """What a resolver is called with."""

    def __init__(self, field: StrawberryField, converter: GraphQLCoreConverter) -> None:
        resolver = field.base_resolver
        assert resolver is not None
        self._field, self._converter = field, converter
        named = (resolver.parent_parameter, resolver.root_parameter)
        self._parents = [parameter.name for parameter in named if parameter]
        self._info = resolver.info_parameter.name if resolver.info_parameter else None
        name_of = converter.config.name_converter.from_argument
        self._each: list[tuple[str, str, Convert]] | None = None
        if not resolver.self_parameter:
            with suppress(_Special):
                self._each = [
                    (name_of(argument), argument.python_name, _of(argument.type, converter, ()))
                    for argument in field.arguments
                ]

    def values(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """By the resolver's names. Raises NotImplementedError where Strawberry has a conversion of its own."""
        if self._each is None:
            raise NotImplementedError(self._field.python_name)
        return {python: convert(arguments[name]) for name, python, convert in self._each if name in arguments}

    def call(self, source: Any, info: Info[Any, Any], arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and named arguments; `source` is the parent, or all parents of a batch."""
        if self._each is None:
            return get_arguments(
                field=self._field,
                source=source,
                info=info,
                kwargs=arguments,
                config=self._converter.config,
                scalar_registry=self._converter.scalar_registry,
            )
        given = self.values(arguments)
        for name in self._parents:
            given[name] = source
        if self._info is not None:
            given[self._info] = info
        return [], given


def _of(type_: Any, converter: GraphQLCoreConverter, inside: tuple[Any, ...]) -> Convert:
    """Raises _Special. `inside` are the input types around it: one that holds itself is left to Strawberry."""
    if isinstance(type_, LazyType):
        return _of(type_.resolve_type(), converter, inside)
    if isinstance(type_, StrawberryMaybe):
        if not isinstance(type_.of_type, StrawberryOptional):
            raise _Special
        some = _of(type_.of_type, converter, inside)
        return lambda value: Some(some(value))
    if isinstance(type_, StrawberryOptional):
        inner = _of(type_.of_type, converter, inside)
        return inner if inner is _as_is else lambda value: None if value is None else inner(value)
    if isinstance(type_, StrawberryList):
        item = _of(type_.of_type, converter, inside)
        # A copy: graphql-core gives the same default to all who leave the argument out.
        return list if item is _as_is else lambda values: [item(value) for value in values]
    if _is_leaf(type_, converter):
        return _as_is
    if has_object_definition(type_) and type_ not in inside:
        return _object(type_, converter, (*inside, type_))
    raise _Special


def _is_leaf(type_: Any, converter: GraphQLCoreConverter) -> bool:
    if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
        return True
    return type_ is not GlobalID and is_scalar(type_, converter.scalar_registry)


def _as_is(value: Any) -> Any:
    return value


def _object(type_: Any, converter: GraphQLCoreConverter, inside: tuple[Any, ...]) -> Convert:
    definition = type_.__strawberry_definition__
    if definition.from_input is not None or not definition.is_input:
        raise _Special
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    name_of = converter.config.name_converter.from_field
    fields = [
        (name_of(field), field.python_name, _of(field.resolve_type(type_definition=definition), converter, inside))
        for field in definition.fields
    ]

    def convert(value: Mapping[str, Any] | None) -> Any:
        if value is None:
            return None
        given = {python: each(value[name]) for name, python, each in fields if name in value}
        return type_(**absent | given)

    return convert
