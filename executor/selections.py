"""What is selected of one object type: a column for each field, and a dict for each row of the columns."""

from asyncio import gather
from collections.abc import Callable, Sequence
from functools import lru_cache
from inspect import iscoroutinefunction
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from executor.failures import Failed
from executor.fields import Field
from executor.places import Place
from executor.readers import Attribute, Batched, Typename
from executor.values import Column, Later

if TYPE_CHECKING:
    from executor.run import Run


class Selection:
    def __init__(self, fields: Sequence[Field], records: frozenset[type]) -> None:
        """`records` are the types whose attributes can be read as items, which is faster."""
        self.fields = list(fields)
        self._records = records
        self._make = _maker(tuple(field.key for field in fields))
        self._attributes = [(index, field) for index, field in enumerate(fields) if isinstance(field.reader, Attribute)]
        names = [field.reader.name for _, field in self._attributes if isinstance(field.reader, Attribute)]
        self._one = len(names) == 1
        self._items: Callable[[Any], Any] | None = itemgetter(*names) if names else None
        self._values: Callable[[Any], Any] | None = attrgetter(*names) if names else None
        self._others = [(index, field) for index, field in enumerate(fields) if not isinstance(field.reader, Attribute)]
        self.shareable = all(field.is_leaf and _is_pure(field) for field in fields)

    def objects(self, sources: Column, place: Place, run: "Run") -> Column | Later:
        """A dict, or what failed in it, for each source."""
        columns: list[Any] = [None] * len(self.fields)
        waiting: list[int] = []
        read = self._read(sources)
        for number, (index, field) in enumerate(self._attributes):
            column = field.column(sources, place, run) if read is None else field.completed(read[number], place, run)
            columns[index] = column
            if not isinstance(column, list):
                waiting.append(index)
        for index, field in self._others:
            column = columns[index] = field.column(sources, place, run)
            if not isinstance(column, list):
                waiting.append(index)
        if waiting:
            return self._later(columns, waiting, len(sources), run)
        return self._assembled(columns, len(sources), run)

    def _read(self, sources: Column) -> list[Column] | None:
        """All attributes in one go; None where one of them raises, and each must be tried by itself."""
        if self._items is None or self._values is None:
            return []
        get = self._items if self._records.issuperset(map(type, sources)) else self._values
        try:
            rows = list(map(get, sources))
        except Exception:  # noqa: BLE001  # a property may raise anything
            return None
        return [rows] if self._one else [list(column) for column in zip(*rows, strict=True)]

    async def _later(self, columns: list[Any], waiting: list[int], size: int, run: "Run") -> Column:
        if len(waiting) == 1:
            columns[waiting[0]] = await columns[waiting[0]]
        else:
            done = await gather(*(columns[index] for index in waiting))
            for index, column in zip(waiting, done, strict=True):
                columns[index] = column
        return self._assembled(columns, size, run)

    def _assembled(self, columns: list[Column], size: int, run: "Run") -> Column:
        if not columns:
            return [{} for _ in range(size)]
        objects = self._make(zip(*columns, strict=True))
        if run.failures.any:
            for column in reversed(columns):
                for index, value in enumerate(column):
                    if type(value) is Failed:
                        objects[index] = value
        return objects


def _is_pure(field: Field) -> bool:
    reader = field.reader
    return isinstance(reader, Attribute | Typename) or (
        isinstance(reader, Batched) and not iscoroutinefunction(reader.batch)
    )


@lru_cache(1024)
def _maker(keys: tuple[str, ...]) -> Callable[[Any], Column]:
    """Rows into dicts. Compiled, since a dict display costs a third of `dict(zip(keys, row))`."""
    if not keys:
        return list
    names = [f"v{number}" for number in range(len(keys))]
    shown = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    # The keys are names of the GraphQL grammar: letters, digits and underscores.
    made: Callable[[Any], Column] = eval(f"lambda rows: [{{{shown}}} for {', '.join(names)}, in rows]")  # noqa: S307
    return made
