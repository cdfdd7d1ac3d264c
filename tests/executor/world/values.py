"""Values of any output type, with what goes wrong in them."""

from collections.abc import AsyncIterator, Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    Undefined,
    get_named_type,
    is_composite_type,
)

from tests.executor.world.sources import IDENTITY, LEVEL, TYPE, Record, Thing, crc

if TYPE_CHECKING:
    from tests.executor.world.world import World


class Returned(Exception):
    """An exception that is returned, not raised."""


class Maker:
    """Makes one value. What is plain has nothing in it that must be awaited or can be read only once."""

    def __init__(self, world: "World", dice: Random, level: int, plain: bool) -> None:
        self._world = world
        self._dice = dice
        self._level = level
        self._plain = plain
        self._awaitables = not plain and world.profile.timing != "sync"

    def value(self, type_: GraphQLOutputType, key: int, depth: int = 0) -> Any:
        profile = self._world.profile
        null = profile.null
        if isinstance(type_, GraphQLNonNull):
            type_, null = type_.of_type, null // 2  # or hardly any answer would have data
        if self._happens(null):
            return Undefined if self._happens(200) else None
        if self._happens(profile.returned):
            return Returned(f"returned: {key}")
        wrong = self._happens(profile.wrong)
        if isinstance(type_, GraphQLList):
            return self._dice.choice(("text", 5, {})) if wrong else self._list(type_.of_type, key, depth)
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            leaves = self._world.leaves
            return (leaves.wrong_for if wrong else leaves.right_for)(type_, self._dice)
        return self._dice.choice((42, "text", [])) if wrong else self._object(type_, key, depth)

    def _happens(self, rate: int) -> bool:
        return self._dice.randrange(1000) < rate

    def _list(self, type_: GraphQLOutputType, key: int, depth: int) -> Any:
        def item(index: int) -> Any:
            item_key = crc(key, index)
            return Maker(self._world, self._world.dice("item", item_key), self._level, self._plain)._item(
                type_, item_key, depth
            )

        length = self._dice.randrange(max(2, 4 - self._level - depth))  # lists of lists of lists grow fast
        # An iterator may fail, too: after some items, for all of its list.
        broken = not self._plain and self._happens(self._world.profile.raised)
        if broken or (not self._plain and self._happens(150)):
            items = _iterate(item, length, f"broken: {key}" if broken else None)
            return _stream(items) if self._awaitables and self._happens(500) else items
        made = [item(index) for index in range(length)]
        return tuple(made) if self._happens(200) else made

    def _item(self, type_: GraphQLOutputType, key: int, depth: int) -> Any:
        value = self.value(type_, key, depth + 1)
        if self._awaitables and self._happens(150):
            return self._world.perhaps_later(self._dice, lambda: value)
        return value

    def _object(self, type_: GraphQLOutputType, key: int, depth: int) -> Any:
        if not isinstance(type_, GraphQLObjectType):
            possible = self._world.schema.get_possible_types(cast("GraphQLAbstractType", type_))
            type_ = self._dice.choice(possible)
        columns: dict[str, Any] = {IDENTITY: key, TYPE: type_.name, LEVEL: self._level + 1}
        if self._happens(800):
            columns["__typename"] = type_.name
        for name, field in type_.fields.items():
            if field.resolve is None:
                columns[name] = self._column(type_, name, field, columns, depth)
        return self._dice.choice((lambda columns: columns, Record, Thing))(columns)

    def _column(
        self, type_: GraphQLObjectType, name: str, field: GraphQLField, columns: dict[str, Any], depth: int
    ) -> Any:
        """What graphql-core's default resolver finds: a value or a method."""
        deep = is_composite_type(get_named_type(field.type)) and depth > 0  # types may contain themselves
        if deep or field.args or self._happens(300):
            return self._method(type_, name, columns)
        key = crc(columns[IDENTITY], name)
        return Maker(self._world, self._dice, self._level + 1, plain=True).value(field.type, key, depth + 1)

    def _method(self, type_: GraphQLObjectType, name: str, columns: dict[str, Any]) -> Callable[..., Any]:
        def method(info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            return self._world.answer(columns, type_, name, arguments)

        return method


class _Broken(Exception):
    """What iterators of this world raise."""


def _iterate(item: Callable[[int], Any], length: int, failure: str | None) -> Iterator[Any]:
    for index in range(length):
        yield item(index)  # made when it is asked for: what nobody reads need not be awaited
    if failure is not None:
        raise _Broken(failure)


async def _stream(items: Iterator[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item
