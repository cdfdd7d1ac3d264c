"""Groups of notes, read: one statement for a page of them, one for their number, one for who is in them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from db.keyset import Order, Window
from db.scope import Scope
from db.statements import Columns, Shapes
from loaders.figures import Figures
from loaders.loader import Loader
from loaders.note_groups import Grouping, NoteGroup, Unique
from loaders.note_groups_sql import groups, unique


class _Counted(NamedTuple):
    groups: int


_pages, _counts, _uniques = Shapes(), Shapes(), Shapes()


async def page(figures: Figures, grouping: Grouping, order: Order, window: Window) -> Sequence[NoteGroup]:
    """Up to one more than the window's size."""
    statement = _pages.get(
        (grouping.shape, order, window.shape),
        lambda: window.apply(select(NoteGroup.__table__), order).add_cte(groups(grouping)),
    )
    values = {**grouping.values, **window.values}
    return await figures.rows("noteStats", grouping.facilities, statement, NoteGroup, **values)


async def count(figures: Figures, grouping: Grouping) -> int:
    """How many groups there are."""
    statement = _counts.get(
        grouping.shape,
        lambda: select(func.count().label("groups")).select_from(NoteGroup.__table__).add_cte(groups(grouping)),
    )
    [found] = await figures.rows("noteStats.totalCount", grouping.facilities, statement, _Counted, **grouping.values)
    return found.groups


class Uniques(Loader[str, Unique]):
    """How many different people there are in groups, by the groups' keys."""

    def __init__(self, scope: Scope, figures: Figures, grouping: Grouping) -> None:
        super().__init__(scope)
        self._figures, self._grouping = figures, grouping

    async def fetch(self, keys: list[str], columns: Columns) -> list[Unique]:
        """Whole: a key and two numbers. There may be many more groups than those of a page."""
        grouping = self._grouping
        statement = _uniques.get((grouping.shape, grouping.people_counted), lambda: unique(grouping))
        values = {**grouping.values, "keys": keys}
        rows = await self._figures.rows("noteStats.uniques", grouping.facilities, statement, Unique, **values)
        found = {row.key: row for row in rows}
        return [found.get(key) or Unique(key, 0, 0) for key in keys]
