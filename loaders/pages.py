"""A page of rows below each of many parents, in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, func, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute

from db.keyset import Order, Window
from db.scope import Scope
from loaders.keys import UUIDS

T = TypeVar("T")


class Pages(DataLoader[UUID, Sequence[T]], Generic[T]):
    """Up to `window.size + 1` rows for each key, in the window's direction.

    LATERAL, so that each parent costs one short walk along an index, however many rows it has; a window function would
    read them all.
    """

    def __init__(
        self,
        scope: Scope,
        parent: InstrumentedAttribute[UUID],
        conditions: list[ColumnElement[bool]],
        order: Order,
        window: Window,
    ) -> None:
        super().__init__()
        self._scope, self._parent = scope, parent
        self._conditions, self._order, self._window = conditions, order, window

    async def batch_load_fn(self, keys: list[UUID]) -> list[Sequence[T]]:
        model: Any = self._parent.class_
        parents = func.unnest(literal(keys, UUIDS)).table_valued("id", name="parents").render_derived()
        page = self._window.apply(
            select(model.__table__).where(
                model.tenant_id == self._scope.tenant_id, self._parent == parents.c.id, *self._conditions
            ),
            self._order,
        ).lateral("page")
        statement = (
            select(page, parents.c.id.label("parent"))
            .select_from(parents.join(page, true()))
            .order_by(*self._order.sorting(self._window.backward, of=lambda name: page.c[name]))
        )
        found = defaultdict[UUID, list[T]](list)
        for row in await self._scope.rows(statement, model):
            found[row.parent].append(row)
        return [found[key] for key in keys]
