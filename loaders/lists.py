"""Short lists below a parent, whole."""

from collections import defaultdict
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from db.pool import values_of
from db.scope import Scope
from db.statements import TENANT, Columns, Shapes, columns_of
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

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[list[T]]:
        statement = _shapes.get((self._model, columns), lambda: self._statement(columns))
        found = defaultdict[UUID, list[T]](list)
        rows = await self.scope.rows(statement, self._model, keys=keys)
        for parent, row in zip(values_of(rows, self._parent), rows, strict=True):
            found[parent].append(row)
        return [found[key] for key in keys]

    def _statement(self, columns: Columns) -> Select[Any]:
        selected = columns_of(self._model.__table__, columns, self._parent.key)
        return select(*selected).where(self._model.tenant_id == TENANT, among(self._parent)).order_by(*self._order)


class FacilitiesOfPractitioner(Loader[UUID, list[Facility]]):
    """The facilities a practitioner works at, by name."""

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[list[Facility]]:
        statement = _shapes.get((PractitionerFacility, columns), lambda: _facilities_of_practitioner(columns))
        found = defaultdict[UUID, list[Facility]](list)
        for row in await self.scope.rows(statement, Facility, keys=keys):
            found[row.practitioner_id].append(row)  # type: ignore[attr-defined]  # the label beside the model's columns
        return [found[key] for key in keys]


_shapes = Shapes()


def _facilities_of_practitioner(columns: Columns) -> Select[Any]:
    return (
        select(*columns_of(Facility.__table__, columns), PractitionerFacility.practitioner_id)
        .join(PractitionerFacility, PractitionerFacility.facility_id == Facility.id)
        .where(
            Facility.tenant_id == TENANT,
            PractitionerFacility.tenant_id == TENANT,
            among(PractitionerFacility.practitioner_id),
        )
        .order_by(Facility.name, Facility.id)
    )
