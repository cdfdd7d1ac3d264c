"""How many rows there are below each of many parents, in one statement."""

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.keyset import Which
from db.scope import Scope
from db.statements import TENANT, Columns, Shapes
from loaders.keys import among
from loaders.loader import Loader

_shapes = Shapes()


class Counts(Loader[UUID, int]):
    def __init__(self, scope: Scope, parent: InstrumentedAttribute[UUID], which: Which) -> None:
        super().__init__(scope)
        self._parent, self._which = parent, which

    async def fetch(self, keys: list[UUID], _: Columns) -> list[int]:
        statement = _shapes.get((self._parent, self._which.shape), self._statement)
        rows = await self.scope.rows(statement, tuple[UUID, int], keys=keys, **self._which.values)
        found: dict[UUID, int] = dict(rows)
        return [found.get(key, 0) for key in keys]

    def _statement(self) -> Select[UUID, int]:
        tenant_id = self._parent.class_.tenant_id
        return (
            select(self._parent.label("parent"), func.count().label("rows"))
            .where(tenant_id == TENANT, among(self._parent), *self._which.conditions)
            .group_by(self._parent)
        )
