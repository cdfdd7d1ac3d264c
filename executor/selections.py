"""What is selected of one object type: a column for each field, and a dict for each row of the columns."""

from asyncio import gather
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from executor.failures import Failed
from executor.fields import Field
from executor.places import Place
from executor.values import Column, Later

if TYPE_CHECKING:
    from executor.run import Run


class Selection:
    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self._keys = tuple([field.key for field in fields])
        self._make: Callable[[Any], Column] | None = None
        self._rows = 0

    @cached_property
    def shareable(self) -> bool:
        """Whether equal sources may share one object."""
        return all(field.is_leaf and field.reader.pure for field in self.fields)

    def objects(self, sources: Column, place: Place, run: "Run") -> Column | Later:
        """A dict, or what failed in it, for each source."""
        columns: list[Any] = [field.column(sources, place, run) for field in self.fields]
        waiting = [index for index, column in enumerate(columns) if not isinstance(column, list)]
        if waiting:
            return self._later(columns, waiting, len(sources), run)
        return self._assembled(columns, len(sources), run)

    def failed(self, error: Exception, sources: Column, place: Place, run: "Run") -> Column:
        """What is there of each source when all fields fail with the same error."""
        return self._assembled([field.failed(error, sources, place, run) for field in self.fields], len(sources), run)

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
        objects = self._dicts(zip(*columns, strict=True), size)
        if run.failures.any:
            for column in reversed(columns):
                for index, value in enumerate(column):
                    if type(value) is Failed:
                        objects[index] = value
        return objects

    def _dicts(self, rows: Iterable[tuple[Any, ...]], size: int) -> Column:
        if self._make is None:
            self._rows += size
            if self._rows <= PAYS or len(self._keys) > _MANY:
                return [dict(zip(self._keys, row, strict=True)) for row in rows]
            self._make = _compiled(self._keys)
        return self._make(rows)


PAYS = 200
"""Rows until what is compiled for them has paid for itself."""
_MANY = 100
"""Keys beyond which it costs more to compile, and to keep, than it gains."""


@lru_cache(1024)
def _compiled(keys: tuple[str, ...]) -> Callable[[Any], Column]:
    """Rows into dicts. Compiled, since a dict display costs a third of `dict(zip(keys, row))`."""
    names = [f"v{number}" for number in range(len(keys))]
    shown = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    # The keys are names of the GraphQL grammar: letters, digits and underscores.
    made: Callable[[Any], Column] = eval(f"lambda rows: [{{{shown}}} for {', '.join(names)}, in rows]")  # noqa: S307
    return made
