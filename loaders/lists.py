"""Short lists below a parent, whole."""

from collections import defaultdict
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from db.scope import Scope
from db.tables import Facility, OfTenant, PractitionerFacility
from loaders.keys import among

T = TypeVar("T", bound=OfTenant)


class Children(DataLoader[UUID, list[T]], Generic[T]):
    """The rows whose `parent` column holds the key, in order."""

    def __init__(
        self, scope: Scope, model: type[T], parent: InstrumentedAttribute[UUID], *order: InstrumentedAttribute[Any]
    ) -> None:
        super().__init__()
        self._scope, self._model, self._parent, self._order = scope, model, parent, order

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[T]]:
        rows = await self._scope.rows(
            select(self._model.__table__)
            .where(self._model.tenant_id == self._scope.tenant_id, among(self._parent, keys))
            .order_by(*self._order),
            self._model,
        )
        found = defaultdict[UUID, list[T]](list)
        for row in rows:
            found[getattr(row, self._parent.key)].append(row)
        return [found[key] for key in keys]


class FacilitiesOfPractitioner(DataLoader[UUID, list[Facility]]):
    """The facilities a practitioner works at, by name."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Facility]]:
        rows = await self._scope.rows(
            select(Facility.__table__, PractitionerFacility.practitioner_id)
            .join(PractitionerFacility, PractitionerFacility.facility_id == Facility.id)
            .where(
                Facility.tenant_id == self._scope.tenant_id,
                PractitionerFacility.tenant_id == self._scope.tenant_id,
                among(PractitionerFacility.practitioner_id, keys),
            )
            .order_by(Facility.name, Facility.id),
            Facility,
        )
        found = defaultdict[UUID, list[Facility]](list)
        for row in rows:
            found[row.practitioner_id].append(row)  # type: ignore[attr-defined]  # the label beside the model's columns
        return [found[key] for key in keys]
