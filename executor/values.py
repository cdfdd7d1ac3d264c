"""What resolvers may return: values, nothing, exceptions, awaitables, and lists of them.

Columns are judged by the types of their values: a column has many values and few types, and what a type is does not
change.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import lru_cache
from inspect import CO_ITERABLE_COROUTINE
from types import GeneratorType
from typing import Any, TypeAlias, TypeGuard

from graphql import Undefined, UndefinedType

from executor.failures import Failed

Column: TypeAlias = list[Any]
Later: TypeAlias = Coroutine[Any, Any, Column]


class Cut:
    """A list that failed while it was read: the items that came, and what came instead of the next."""

    __slots__ = ("error", "items")

    def __init__(self, items: list[Any], error: Exception) -> None:
        self.items, self.error = items, error


@lru_cache(4096)
def _is_plain(kind: type) -> bool:
    return not (
        kind in (type(None), UndefinedType, Failed, GeneratorType)
        or issubclass(kind, Exception)
        or hasattr(kind, "__await__")
    )


def all_plain(column: Iterable[Any]) -> bool:
    """Whether each value is there, did not fail, and need not be awaited."""
    return all(map(_is_plain, set(map(type, column))))


@lru_cache(4096)
def _may_wait(kind: type) -> bool:
    return kind is GeneratorType or hasattr(kind, "__await__")


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """As graphql-core has it, old coroutines that are generators included."""
    kind: type = type(value)
    if not _may_wait(kind):
        return False
    return kind is not GeneratorType or bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)


def any_awaitable(column: Iterable[Any]) -> bool:
    kinds: set[type] = set(map(type, column))
    return any(map(_may_wait, kinds)) and any(map(is_awaitable, column))


def is_nothing(value: Any) -> bool:
    return value is None or value is Undefined


def then(done: Column | Later, finish: Callable[[Column], Column | Later]) -> Column | Later:
    """`finish(done)`, now if the column is there now."""
    return finish(done) if isinstance(done, list) else _then(done, finish)


async def _then(later: Later, finish: Callable[[Column], Column | Later]) -> Column:
    finished = finish(await later)
    return finished if isinstance(finished, list) else await finished
