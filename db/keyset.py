"""Paging by position instead of by offset: a page begins where a row was, whatever has been added or removed since."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, tuple_
from sqlalchemy.orm import InstrumentedAttribute

Position = tuple[object, ...]
"""The values of an order's columns in one row."""


@dataclass(frozen=True, slots=True)
class Order:
    """A total order: the last column is the id. All columns run the same way, so that one index serves both ways."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool

    @property
    def names(self) -> list[str]:
        return [column.key for column in self.columns]

    def position(self, row: object) -> Position:
        return tuple(getattr(row, name) for name in self.names)

    def sorting(self, reverse: bool = False, of: Callable[[str], Any] | None = None) -> list[ColumnElement[Any]]:
        """For ORDER BY; `of` finds the columns by name where they are those of a subquery."""
        columns = [of(column.key) for column in self.columns] if of else list(self.columns)
        return [column.desc() if self.descending != reverse else column.asc() for column in columns]


@dataclass(frozen=True, slots=True)
class Which:
    """Which rows of a list: some conditions of those that the list knows, each by its name, with the value it is given.

    A condition takes its value by a parameter of its own name, so that one statement serves all values. `known` is a
    constant of a module: it is told from others by its identity.
    """

    known: Mapping[str, ColumnElement[bool]]
    values: Mapping[str, object]

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        return [self.known[name] for name in self.values]

    @property
    def shape(self) -> object:
        """Equal shapes have equal conditions, whatever their values."""
        return id(self.known), tuple(self.values)


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of an order: the first `size` of those between two positions, or the last."""

    size: int
    backward: bool = False
    after: Position | None = None
    before: Position | None = None

    def apply(self, statement: Select[Any], order: Order) -> Select[Any]:
        """Limits to one row more than the size: it is not shown, it tells whether there are more."""
        if self.after is not None:
            statement = statement.where(_beyond(order, "after", order.descending))
        if self.before is not None:
            statement = statement.where(_beyond(order, "before", not order.descending))
        return statement.order_by(*order.sorting(self.backward)).limit(bindparam("limit", type_=Integer()))

    @property
    def shape(self) -> object:
        """Equal shapes make equal statements, whatever their values."""
        return self.backward, self.after is None, self.before is None

    @property
    def values(self) -> dict[str, object]:
        """Of the parameters that `apply` leaves open."""
        ends = {"after": self.after or (), "before": self.before or ()}
        named = {f"{end}_{n}": value for end, position in ends.items() for n, value in enumerate(position)}
        return {**named, "limit": self.size + 1}


def _beyond(order: Order, end: str, downwards: bool) -> ColumnElement[bool]:
    row = tuple_(*order.columns)
    values = tuple_(*(bindparam(f"{end}_{n}", type_=column.type) for n, column in enumerate(order.columns)))
    return row < values if downwards else row > values
