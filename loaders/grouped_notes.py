"""Groups of notes, read: one statement for a page of them, one for their number, one for who is in them."""

from collections.abc import Sequence

from sqlalchemy import func, select

from db.keyset import Order, Window
from db.scope import Scope
from db.statements import Shapes
from loaders.loader import Loader
from loaders.note_groups import Grouping, NoteGroup, Unique
from loaders.note_groups_sql import groups, unique

_pages, _counts, _uniques = Shapes(), Shapes(), Shapes()


async def page(scope: Scope, grouping: Grouping, order: Order, window: Window) -> Sequence[NoteGroup]:
    """Up to one more than the window's size."""
    statement = _pages.get(
        (grouping.shape, order, window.shape),
        lambda: window.apply(select(NoteGroup.__table__), order).add_cte(groups(grouping)),
    )
    return await scope.rows(statement, NoteGroup, **grouping.values, **window.values)


async def count(scope: Scope, grouping: Grouping) -> int:
    """How many groups there are."""
    statement = _counts.get(
        grouping.shape, lambda: select(func.count()).select_from(NoteGroup.__table__).add_cte(groups(grouping))
    )
    return int(await scope.value(statement, **grouping.values))


class Uniques(Loader[str, Unique]):
    """How many different people there are in groups, by the groups' keys."""

    def __init__(self, scope: Scope, grouping: Grouping) -> None:
        super().__init__(scope)
        self._grouping = grouping

    async def batch_load_fn(self, keys: list[str]) -> list[Unique]:
        grouping = self._grouping
        statement = _uniques.get((grouping.shape, grouping.people_counted), lambda: unique(grouping))
        found = {row.key: row for row in await self.scope.rows(statement, Unique, **grouping.values)}
        return [found.get(key) or Unique(key, 0, 0) for key in keys]
