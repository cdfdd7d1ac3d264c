"""How many rows there are below each of many parents, in one statement."""

from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.scope import Scope
from loaders.keys import among


class Counts(DataLoader[UUID, int]):
    def __init__(
        self, scope: Scope, parent: InstrumentedAttribute[UUID], conditions: list[ColumnElement[bool]]
    ) -> None:
        super().__init__()
        self._scope, self._parent, self._conditions = scope, parent, conditions

    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        model = self._parent.class_
        rows = await self._scope.rows(
            select(self._parent.label("parent"), func.count().label("rows"))
            .where(model.tenant_id == self._scope.tenant_id, among(self._parent, keys), *self._conditions)
            .group_by(self._parent),
            tuple[UUID, int],
        )
        found: dict[UUID, int] = dict(rows)
        return [found.get(key, 0) for key in keys]
