"""Short lists below a parent, whole."""

from collections import defaultdict
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Facility, OfTenant, PractitionerFacility
from loaders.keys import among
from loaders.loader import Loader

T = TypeVar("T", bound=OfTenant)


class Children(Loader[UUID, list[T]], Generic[T]):
    """The rows whose `parent` column holds the key, in order."""

    def __init__(
        self, scope: Scope, model: type[T], parent: InstrumentedAttribute[UUID], *order: InstrumentedAttribute[Any]
    ) -> None:
        super().__init__(scope)
        self._model, self._parent, self._order = model, parent, order

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[T]]:
        statement = _children(self._model, self._parent, self._order)
        found = defaultdict[UUID, list[T]](list)
        for row in await self.scope.rows(statement, self._model, keys=keys):
            found[getattr(row, self._parent.key)].append(row)
        return [found[key] for key in keys]


class FacilitiesOfPractitioner(Loader[UUID, list[Facility]]):
    """The facilities a practitioner works at, by name."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Facility]]:
        found = defaultdict[UUID, list[Facility]](list)
        for row in await self.scope.rows(_facilities_of_practitioner(), Facility, keys=keys):
            found[row.practitioner_id].append(row)  # type: ignore[attr-defined]  # the label beside the model's columns
        return [found[key] for key in keys]


@cache
def _children(
    model: type[OfTenant], parent: InstrumentedAttribute[UUID], order: tuple[InstrumentedAttribute[Any], ...]
) -> Prepared:
    return Prepared(select(model.__table__).where(model.tenant_id == TENANT, among(parent)).order_by(*order))


@cache
def _facilities_of_practitioner() -> Prepared:
    return Prepared(
        select(Facility.__table__, PractitionerFacility.practitioner_id)
        .join(PractitionerFacility, PractitionerFacility.facility_id == Facility.id)
        .where(
            Facility.tenant_id == TENANT,
            PractitionerFacility.tenant_id == TENANT,
            among(PractitionerFacility.practitioner_id),
        )
        .order_by(Facility.name, Facility.id)
    )
