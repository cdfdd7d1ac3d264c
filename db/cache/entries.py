"""What is kept of a statement's answer, and how it travels through Redis."""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson

Rows = list[Any]
"""Tuples with the columns' names."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The rows that a statement had at a version of the figures, and for how many seconds they are kept at most."""

    version: int
    lifetime: float
    columns: tuple[str, ...]
    rows: Rows
    computed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def pack(self) -> bytes:
        """JSON, with the types that JSON lacks named by column. Not pickle: Redis is not a place to take code from."""
        kinds = [_kind_of(row[n] for row in self.rows) for n in range(len(self.columns))]
        head = [self.version, self.lifetime, self.computed_at, self.columns, kinds]
        # default: the driver's UUIDs are of a class of its own.
        return orjson.dumps([head, [list(row) for row in self.rows]], default=str)

    @classmethod
    def unpack(cls, packed: bytes) -> "Entry":
        """Raises ValueError, TypeError or KeyError for what another version of this code may have written."""
        (version, lifetime, computed_at, columns, kinds), rows = orjson.loads(packed)
        readers = [_READERS[kind] for kind in kinds]
        made = [
            [value if value is None else read(value) for read, value in zip(readers, row, strict=True)] for row in rows
        ]
        names = tuple(columns)
        return cls(version, lifetime, names, named(names, made), datetime.fromisoformat(computed_at))


def named(columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Rows:
    return list(map(_tuple(columns)._make, rows))


@cache
def _tuple(columns: tuple[str, ...]) -> Any:
    return namedtuple("CachedRow", columns)  # the columns are known when they are read


def _as_is(value: Any) -> Any:
    return value


def _uuids(values: list[str]) -> list[UUID]:
    return list(map(UUID, values))


_READERS: dict[str, Callable[[Any], Any]] = {
    "": _as_is,
    "uuid": UUID,
    "uuids": _uuids,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def _kind_of(values: Any) -> str:
    """By the first value that is something: a column's values are of one type."""
    value = next((each for each in values if each is not None and each != []), None)
    if isinstance(value, list):
        return "uuids" if isinstance(value[0], UUID) else ""
    for kind, name in ((UUID, "uuid"), (datetime, "datetime"), (date, "date")):
        if isinstance(value, kind):
            return name
    return ""
