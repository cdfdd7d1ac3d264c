"""Completes columns: values become what the answer holds (GraphQL specification, section 6.4.3).

Each position of a type has a completer: `NonNull` or `Nullable` around a `Leaf`, a `List` or an object
(`executor.objects`). A completer takes a whole column and returns one of the same length, at once or, where something
is awaited, as a coroutine. It belongs to the schema: the field of a plan that it completes is told each time.
"""

from collections.abc import Sequence
from contextlib import suppress
from enum import Enum as PythonEnum
from functools import lru_cache
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol

from graphql import GraphQLEnumType, GraphQLError, GraphQLFloat, GraphQLInt, GraphQLLeafType, Undefined
from graphql.pyutils import inspect
from graphql.pyutils.is_iterable import is_iterable

from executor.failures import Failed
from executor.places import Items, Place
from executor.values import Column, Cut, Later, all_plain, any_awaitable, is_nothing, then
from executor.waiting import awaited, collected, is_async_iterable

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


class Completer(Protocol):
    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later: ...


class NonNull:
    """Where the inner value is null, this one fails; and where it failed, so does this one."""

    def __init__(self, inner: Completer) -> None:
        self.inner = inner

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        done = self.inner.complete(column, field, place, run)
        return then(done, lambda done: self._required(done, field, place, run))

    @staticmethod
    def _required(done: Column, field: "Field", place: Place, run: "Run") -> Column:
        if None not in done:
            return done
        missing = TypeError(f"Cannot return null for non-nullable field {field.name}.")
        return [
            run.failures.fail(missing, field.nodes, place, index) if value is None else value
            for index, value in enumerate(done)
        ]


class Nullable:
    """Where the inner value failed, this one is null."""

    def __init__(self, inner: Completer) -> None:
        self.inner = inner

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        done = self.inner.complete(column, field, place, run)
        if isinstance(done, list):
            return run.failures.settle(done, place) if run.failures.any else done
        return self._later(done, place, run)

    async def _later(self, later: Later, place: Place, run: "Run") -> Column:
        done = await later
        return run.failures.settle(done, place) if run.failures.any else done


class Leaf:
    """Scalars and enums. `native` are the types whose values are in the answer as they are."""

    def __init__(self, type_: GraphQLLeafType, native: frozenset[type]) -> None:
        self.type, self.native = type_, native | {type(None)}

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column:
        if self.native.issuperset(map(type, column)):
            return column
        return [self._value(value, field, place, index, run) for index, value in enumerate(column)]

    def _value(self, value: Any, field: "Field", place: Place, index: int, run: "Run") -> Any:
        if is_nothing(value):
            return None
        if type(value) is Failed:
            return value
        try:
            if isinstance(value, Exception):
                raise value  # noqa: TRY301  # an exception that was returned is one that was raised
            return self._coerced(value)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the field's error
            return run.failures.fail(error, field.nodes, place, index)

    def _coerced(self, value: Any) -> Any:
        coerced = self.type.coerce_output_value(value)
        if coerced is Undefined or coerced is None:
            raise TypeError(
                f"Expected `{inspect(self.type)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(coerced)}"
            )
        return coerced


class Int(Leaf):
    """Integers of 32 bits are in the answer as they are."""

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column:
        if _INTS.issuperset(map(type, column)) and min(column) >= MIN_INT and max(column) <= MAX_INT:
            return column
        return super().complete(column, field, place, run)


class Float(Leaf):
    """Finite numbers are in the answer as they are."""

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column:
        if _FLOATS.issuperset(map(type, column)) and all(map(isfinite, column)):
            return column
        return super().complete(column, field, place, run)


_INTS, _FLOATS, _TEXTS = frozenset({int}), frozenset({float}), frozenset({str, type(None)})
MIN_INT, MAX_INT = -(2**31), 2**31 - 1


class Enum(Leaf):
    """Strings that are values and their own names are in the answer as they are; members of a Python enum have names."""

    def __init__(self, type_: GraphQLLeafType, native: frozenset[type]) -> None:
        super().__init__(type_, native)
        assert isinstance(type_, GraphQLEnumType)
        self._as_they_are = _as_they_are(type_)
        self._names: dict[Any, str | None] = {None: None}
        """Of members that were met. A name was given by the type, so there are no more than it has, or others equal to them."""

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column:
        if _TEXTS.issuperset(map(type, column)) and self._as_they_are.issuperset(column):
            return column
        if all(kind is type(None) or issubclass(kind, PythonEnum) for kind in set(map(type, column))):
            try:
                return list(map(self._names.__getitem__, column))
            except KeyError:
                with suppress(GraphQLError):
                    self._names.update((each, self._coerced(each)) for each in column if each is not None)
        return super().complete(column, field, place, run)


@lru_cache(512)
def _as_they_are(type_: GraphQLEnumType) -> frozenset[str | None]:
    """The values that are their own names, and nothing."""
    # In Strawberry a value may be a member of a Python enum, which stands for what it holds.
    values = {name: getattr(value.value, "value", value.value) for name, value in type_.values.items()}
    return frozenset({None, *(name for name, value in values.items() if name == value)})


def leaf(type_: GraphQLLeafType, native: frozenset[type]) -> Leaf:
    if isinstance(type_, GraphQLEnumType):
        return Enum(type_, native)
    kind = Int if type_ is GraphQLInt else Float if type_ is GraphQLFloat else Leaf
    return kind(type_, native)


class List:
    """All lists of the column become one column of items, and then lists again."""

    def __init__(self, item: Completer) -> None:
        self.item = item

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        if not {list, tuple}.issuperset(map(type, column)):
            if any(map(is_async_iterable, column)):
                return self._collected(column, field, place, run)
            column = [self._listed(value, field, place, index, run) for index, value in enumerate(column)]
        return self._completed(column, field, place, run)

    async def _collected(self, column: Column, field: "Field", place: Place, run: "Run") -> Column:
        lists = await collected(column)
        done = self._completed([self._listed(v, field, place, i, run) for i, v in enumerate(lists)], field, place, run)
        return done if isinstance(done, list) else await done

    @staticmethod
    def _listed(value: Any, field: "Field", place: Place, index: int, run: "Run") -> Any:
        if is_nothing(value):
            return None
        if type(value) in (Failed, Cut, list):
            return value
        if isinstance(value, Exception):
            return run.failures.fail(value, field.nodes, place, index)
        if not is_iterable(value):
            wrong = GraphQLError(f"Expected Iterable, but did not find one for field '{field.name}'.")
            return run.failures.fail(wrong, field.nodes, place, index)
        items: list[Any] = []
        try:
            for item in value:
                items.append(item)  # what came before an error counts
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the field's error
            return Cut(items, error)
        return items

    def _completed(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        lists = [each if type(each) in (list, tuple) else each.items if type(each) is Cut else () for each in column]
        lengths = list(map(len, lists))
        items = list(chain.from_iterable(lists))
        under = Items(place, lengths)
        if not items:
            return self._regrouped(items, column, field, lengths, place, run)
        if any_awaitable(items):
            return self._awaited(items, column, field, under, place, run)
        done = self.item.complete(items, field, under, run)
        return then(done, lambda done: self._regrouped(done, column, field, lengths, place, run))

    async def _awaited(
        self, items: Column, column: Column, field: "Field", under: Items, place: Place, run: "Run"
    ) -> Column:
        done = self.item.complete(await awaited(items, field, under, run), field, under, run)
        return self._regrouped(done if isinstance(done, list) else await done, column, field, under.lengths, place, run)

    @staticmethod
    def _regrouped(
        done: Column, column: Column, field: "Field", lengths: Sequence[int], place: Place, run: "Run"
    ) -> Column:
        regrouped: Column = []
        start = 0
        for index, (each, length) in enumerate(zip(column, lengths, strict=True)):
            if type(each) in (list, tuple):
                regrouped.append(done[start : start + length])
            elif type(each) is Cut:
                items = _first_failed(done[start : start + length])
                failed = type(items) is Failed
                regrouped.append(
                    items if failed else run.failures.fail(each.error, field.nodes, place, index, after=length)
                )
            else:
                regrouped.append(each)
            start += length
        if run.failures.any:
            return [_first_failed(each) if type(each) is list else each for each in regrouped]
        return regrouped


def _first_failed(items: list[Any]) -> Any:
    return next((item for item in items if type(item) is Failed), items)


def present(column: Column, field: "Field", place: Place, run: "Run") -> tuple[Column, list[int] | None]:
    """The column with exceptions turned into failures, and where its objects are; None where all are."""
    if all_plain(column):
        return column, None
    owners, checked = [], list(column)
    for index, value in enumerate(column):
        if is_nothing(value):
            checked[index] = None
        elif isinstance(value, Exception):
            checked[index] = run.failures.fail(value, field.nodes, place, index)
        elif type(value) is not Failed:
            owners.append(index)
    return checked, owners
