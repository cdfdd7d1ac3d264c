"""Rows by their id."""

from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, literal, select

from db.pool import values_of
from db.scope import Scope
from db.statements import TENANT, Columns, Shapes, columns_of
from db.tables import Identified, Tenant
from loaders.keys import among
from loaders.loader import Loader

T = TypeVar("T", bound=Identified)


class ById(Loader[UUID, T | None], Generic[T]):
    """None for an id of another tenant as for an id of nothing. `typename` tells a row's type behind an interface."""

    def __init__(self, scope: Scope, model: type[T]) -> None:
        super().__init__(scope)
        self._model = model

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[T | None]:
        statement = _shapes.get((self._model, columns), lambda: _by_id(self._model, columns))
        rows = await self.scope.rows(statement, self._model, keys=keys)
        found = dict(zip(values_of(rows, self._model.id), rows, strict=True))
        return list(map(found.get, keys))


class TenantById(Loader[UUID, Tenant | None]):
    """The one table that has no tenant. Its policy shows a tenant itself, and the platform all of them."""

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[Tenant | None]:
        statement = _shapes.get((Tenant, columns), lambda: _selected(Tenant, columns).where(among(Tenant.id)))
        rows = await self.scope.rows(statement, Tenant, keys=keys)
        found = dict(zip(values_of(rows, Tenant.id), rows, strict=True))
        return list(map(found.get, keys))


_shapes = Shapes()


def _by_id(model: type[Identified], columns: Columns) -> Select[Any]:
    return _selected(model, columns).where(model.tenant_id == TENANT, among(model.id))


def _selected(model: type[Identified | Tenant], columns: Columns) -> Select[Any]:
    # Whole rows may be read by way of an interface.
    typename = [literal(getattr(model, "typename", model.__name__)).label("typename")] if columns is None else []
    return select(*columns_of(model.__table__, columns, "id"), *typename)
