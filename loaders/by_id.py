"""Rows by their id."""

from typing import Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import literal, select

from db.scope import Scope
from db.tables import Identified, Tenant
from loaders.keys import among

T = TypeVar("T", bound=Identified)


class ById(DataLoader[UUID, T | None], Generic[T]):
    """None for an id of another tenant as for an id of nothing. `typename` tells a row's type behind an interface."""

    def __init__(self, scope: Scope, model: type[T]) -> None:
        super().__init__()
        self._scope, self._model = scope, model

    async def batch_load_fn(self, keys: list[UUID]) -> list[T | None]:
        rows = await self._scope.rows(
            select(self._model.__table__, literal(self._model.__name__).label("typename")).where(
                self._model.tenant_id == self._scope.tenant_id, among(self._model.id, keys)
            ),
            self._model,
        )
        found = {row.id: row for row in rows}
        return [found.get(key) for key in keys]


class TenantById(DataLoader[UUID, Tenant | None]):
    """The one table that has no tenant. Its policy shows a tenant itself, and the platform all of them."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    async def batch_load_fn(self, keys: list[UUID]) -> list[Tenant | None]:
        rows = await self._scope.rows(
            select(Tenant.__table__, literal(Tenant.__name__).label("typename")).where(among(Tenant.id, keys)), Tenant
        )
        found = {row.id: row for row in rows}
        return [found.get(key) for key in keys]
