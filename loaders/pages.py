"""A page of rows below each of many parents, in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from db.keyset import Order, Which, Window
from db.scope import Scope
from db.statements import TENANT, Columns, Shapes, columns_of
from loaders.keys import uuids
from loaders.loader import Loader

T = TypeVar("T")
_shapes = Shapes()


class Pages(Loader[UUID, Sequence[T]], Generic[T]):
    """Up to `window.size + 1` rows for each key, in the window's direction.

    LATERAL, so that each parent costs one short walk along an index, however many rows it has; a window function would
    read them all.
    """

    def __init__(
        self, scope: Scope, parent: InstrumentedAttribute[UUID], which: Which, order: Order, window: Window
    ) -> None:
        super().__init__(scope)
        self._parent, self._which, self._order, self._window = parent, which, order, window

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[Sequence[T]]:
        shape = (self._parent, self._which.shape, self._order, self._window.shape, columns)
        statement = _shapes.get(shape, lambda: self._statement(columns))
        values = {**self._which.values, **self._window.values}
        found = defaultdict[UUID, list[T]](list)
        model: Any = self._parent.class_
        for row in await self.scope.rows(statement, model, keys=keys, **values):
            found[row.parent].append(row)
        return [found[key] for key in keys]

    def _statement(self, columns: Columns) -> Select[Any]:
        model: Any = self._parent.class_
        parents = func.unnest(uuids()).table_valued("id", name="parents").render_derived()
        page = self._window.apply(
            select(*columns_of(model.__table__, columns, *self._order.names)).where(
                model.tenant_id == TENANT, self._parent == parents.c.id, *self._which.conditions
            ),
            self._order,
        ).lateral("page")
        return (
            select(page, parents.c.id.label("parent"))
            .select_from(parents.join(page, true()))
            .order_by(*self._order.sorting(self._window.backward, of=lambda name: page.c[name]))
        )
