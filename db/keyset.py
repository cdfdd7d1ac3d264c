"""Paging by position instead of by offset: a page begins where a row was, whatever has been added or removed since."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

Position = tuple[object, ...]
"""The values of an order's columns in one row."""


@dataclass(frozen=True, slots=True)
class Order:
    """A total order: the last column is the id. All columns run the same way, so that one index serves both ways."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool

    def position(self, row: object) -> Position:
        return tuple(getattr(row, column.key) for column in self.columns)

    def sorting(self, reverse: bool = False, of: Callable[[str], Any] | None = None) -> list[ColumnElement[Any]]:
        """For ORDER BY; `of` finds the columns by name where they are those of a subquery."""
        columns = [of(column.key) for column in self.columns] if of else list(self.columns)
        return [column.desc() if self.descending != reverse else column.asc() for column in columns]


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
            statement = statement.where(_beyond(order, self.after, order.descending))
        if self.before is not None:
            statement = statement.where(_beyond(order, self.before, not order.descending))
        return statement.order_by(*order.sorting(self.backward)).limit(self.size + 1)


def _beyond(order: Order, position: Position, downwards: bool) -> ColumnElement[bool]:
    row = tuple_(*order.columns)
    values = tuple_(*(literal(v, c.type) for v, c in zip(position, order.columns, strict=True)))
    return row < values if downwards else row > values
