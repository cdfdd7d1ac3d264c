"""Completes columns of interfaces and unions."""

from asyncio import gather
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType, GraphQLSchema, is_object_type
from graphql.execution import default_type_resolver
from graphql.pyutils import inspect

from executor.completing import present
from executor.failures import Failed
from executor.objects import Object, asked, some
from executor.places import Kept, Place
from executor.values import Column, Later, any_awaitable
from executor.waiting import awaited

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


class Abstract:
    """The objects of each type are made together, and then put where their values were."""

    def __init__(self, type_: GraphQLAbstractType) -> None:
        self.type = type_
        self._by_name: dict[str, Object] = {}

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        checked, owners = present(column, field, place, run)
        if owners is None:
            return self._of_types(checked, field, place, run)
        return some(checked, owners, place, lambda sources, under: self._of_types(sources, field, under, run))

    def _of_types(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        names = asked(self.type.resolve_type or default_type_resolver, sources, field, place, run, self.type)
        if any_awaitable(names):
            return self._named_later(names, sources, field, place, run)
        return self._named(names, sources, field, place, run)

    async def _named_later(self, names: Column, sources: Column, field: "Field", place: Place, run: "Run") -> Column:
        done = self._named(await awaited(names, field, place, run), sources, field, place, run)
        return done if isinstance(done, list) else await done

    def _named(self, names: Column, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        done = list(sources)
        groups: dict[Object, list[int]] = {}
        for index, name in enumerate(names):
            if type(name) is Failed:
                done[index] = name
                continue
            try:
                groups.setdefault(self._object(name, sources[index], field, run.plan.schema), []).append(index)
            except GraphQLError as error:
                done[index] = run.failures.fail(error, field.nodes, place, index)
        later: list[Coroutine[Any, Any, None]] = []
        for each, owners in groups.items():
            objects = each.of_type([sources[index] for index in owners], field, Kept(place, owners), run)
            if isinstance(objects, list):
                _put(objects, owners, done)
            else:
                later.append(_put_later(objects, owners, done))
        return _all(later, done) if later else done

    def _object(self, name: Any, value: Any, field: "Field", schema: GraphQLSchema) -> Object:
        found = self._by_name.get(name) if isinstance(name, str) else None
        if found is None:
            type_ = self._runtime_type(name, value, field, schema)
            found = self._by_name[name] = Object(type_)
        return found

    def _runtime_type(self, name: Any, value: Any, field: "Field", schema: GraphQLSchema) -> GraphQLObjectType:
        """Raises what graphql-core raises where the name is none, or no type that the value can have."""
        nodes = field.nodes
        if name is None:
            raise GraphQLError(
                f"Abstract type '{self.type}' must resolve to an Object type at runtime for field '{field.name}'."
                f" Either the '{self.type}' type should provide a 'resolve_type' function"
                " or each possible type should provide an 'is_type_of' function.",
                nodes,
            )
        if not isinstance(name, str):
            raise GraphQLError(
                f"Abstract type '{self.type}' must resolve to an Object type at runtime for field '{field.name}'"
                f" with value {inspect(value)}, received '{inspect(name)}', which is not a valid Object type name.",
                nodes,
            )
        found = schema.get_type(name)
        if found is None:
            raise GraphQLError(
                f"Abstract type '{self.type}' was resolved to a type '{name}' that does not exist inside the schema.",
                nodes,
            )
        if not is_object_type(found):
            raise GraphQLError(f"Abstract type '{self.type}' was resolved to a non-object type '{name}'.", nodes)
        if not schema.is_sub_type(self.type, found):
            raise GraphQLError(f"Runtime Object type '{found}' is not a possible type for '{self.type}'.", nodes)
        return found


def _put(objects: Column, owners: list[int], into: Column) -> None:
    for index, each in zip(owners, objects, strict=True):
        into[index] = each


async def _put_later(objects: Later, owners: list[int], into: Column) -> None:
    _put(await objects, owners, into)


async def _all(later: list[Coroutine[Any, Any, None]], done: Column) -> Column:
    await gather(*later)
    return done
