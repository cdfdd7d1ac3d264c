"""Gives the fields and types of any schema resolvers that answer from the World in their context."""

from collections.abc import Callable, Collection
from typing import Any, Literal

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
)

from tests.executor.world.sources import crc
from tests.executor.world.world import World

BATCH = "executor.batch"
Style = Literal["resolver", "batch", "default"]


def by_name(type_name: str, field_name: str) -> Style:
    """Batched fields are called so; the default resolver reads those that are called plain."""
    if field_name.startswith("batched"):
        return "batch"
    return "default" if field_name.startswith("plain") else "resolver"


def by_chance(type_name: str, field_name: str) -> Style:
    """For schemas that were not made for this."""
    styles: tuple[Style, ...] = ("resolver", "batch", "default")
    return styles[crc(type_name, field_name) % 3]


def dress(
    schema: GraphQLSchema,
    style: Callable[[str, str], Style] = by_name,
    *,
    tested: Collection[str] = (),
    told: Collection[str] | None = None,
) -> GraphQLSchema:
    """`tested` object types have `is_type_of`; `told` abstract types (all, if it is None) have `resolve_type`."""
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                _dress_field(schema, type_, field, style(type_.name, name))
            if type_.name in tested:
                type_.is_type_of = _is_type_of(type_)
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType) and (told is None or type_.name in told):
            type_.resolve_type = _resolve_type
    return schema


def _dress_field(schema: GraphQLSchema, type_: GraphQLObjectType, field: GraphQLField, style: Style) -> None:
    if type_ is schema.mutation_type:
        field.resolve = _change
    elif style == "batch":
        field.resolve = _resolve_one
        field.extensions = {**field.extensions, BATCH: _resolve_many}
    elif style == "resolver" or type_ is schema.query_type:
        field.resolve = _resolve


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    world: World = info.context
    return world.answer(source, info.parent_type, info.field_name, arguments)


def _resolve_one(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    world: World = info.context
    world.fail_as_batch(info.parent_type, info.field_name, arguments)
    return world.answer(source, info.parent_type, info.field_name, arguments, plain=True)


def _resolve_many(sources: list[Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    world: World = info.context
    return world.batch_answer(sources, info.parent_type, info.field_name, arguments)


def _change(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Leaves a mark when it begins and when it ends: what is run in series does not overlap."""
    world: World = info.context
    name = f"{info.path.key} {arguments}"

    def change() -> Any:
        try:
            return world.outcome(source, info.parent_type, info.field_name, arguments)
        finally:
            world.effects.append(f"end {name}")

    world.effects.append(f"begin {name}")
    return world.perhaps_later(world.dice("change", name), change)


def _resolve_type(source: Any, info: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> Any:
    world: World = info.context
    return world.runtime_type(source, abstract)


def _is_type_of(type_: GraphQLObjectType) -> Callable[[Any, GraphQLResolveInfo[Any]], Any]:
    def is_type_of(source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        world: World = info.context
        return world.is_type_of(source, type_)

    return is_type_of
