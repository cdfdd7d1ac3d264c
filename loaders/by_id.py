"""Rows by their id."""

from functools import cache
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import literal, select

from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Identified, Tenant
from loaders.keys import among
from loaders.loader import Loader

T = TypeVar("T", bound=Identified)


class ById(Loader[UUID, T | None], Generic[T]):
    """None for an id of another tenant as for an id of nothing. `typename` tells a row's type behind an interface."""

    def __init__(self, scope: Scope, model: type[T]) -> None:
        super().__init__(scope)
        self._model = model

    async def batch_load_fn(self, keys: list[UUID]) -> list[T | None]:
        found = {row.id: row for row in await self.scope.rows(_by_id(self._model), self._model, keys=keys)}
        return [found.get(key) for key in keys]


class TenantById(Loader[UUID, Tenant | None]):
    """The one table that has no tenant. Its policy shows a tenant itself, and the platform all of them."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[Tenant | None]:
        found = {row.id: row for row in await self.scope.rows(_tenants(), Tenant, keys=keys)}
        return [found.get(key) for key in keys]


@cache
def _by_id(model: type[Identified]) -> Prepared:
    return Prepared(
        select(model.__table__, literal(model.__name__).label("typename")).where(
            model.tenant_id == TENANT, among(model.id)
        )
    )


@cache
def _tenants() -> Prepared:
    return Prepared(select(Tenant.__table__, literal(Tenant.__name__).label("typename")).where(among(Tenant.id)))
