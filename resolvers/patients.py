"""Patients: the people who are cared for."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, NamedTuple, TypeAlias
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, bindparam, func, insert, select
from uuid_utils.compat import uuid7

from db import outbox
from db.event_kinds import PatientEventKind
from db.keyset import Order, Which
from db.pool import values_of
from db.scope import Scope
from db.statements import TENANT
from db.tables import Facility, Note, Patient, Tenant
from db.vocabulary import PatientStatus
from executor import batched
from loaders.keys import among, among_words
from resolvers import checks, paging
from resolvers.context import Context, Info
from resolvers.enums import Direction, PatientOrderField
from resolvers.mutating import Edit, Mutation, Work, argument, as_is, change, given, not_null, once
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import facility_given, row_id, row_ids
from resolvers.relations import listed, to_one
from resolvers.scalars import TimeZone

SEARCH_LEAST = 2
_ORDERS = {PatientOrderField.NAME: Patient.name, PatientOrderField.CREATED_AT: Patient.created_at}


@strawberry.input(description="How to order patients.")
class PatientOrder:
    field: PatientOrderField = strawberry.field(default=PatientOrderField.NAME, description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.input(description="Which patients. What is given must all hold.")
class PatientFilter:
    facility_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="At any of these facilities.")
    statuses: list[PatientStatus] | None = strawberry.field(default=None, description="In any of these states.")


Search: TypeAlias = Annotated[
    str | None,
    strawberry.argument(
        description="Whose name, email address or MRN holds this, in any case: 2 letters or digits in a row, or more."
    ),
]


_WHICH: dict[str, ColumnElement[bool]] = {
    "facility_ids": among(Patient.facility_id, "facility_ids"),
    "statuses": among_words(Patient.status, "statuses"),
    "search": Patient.id.in_(select(func.search_patients(TENANT, bindparam("search", type_=Patient.name.type)))),
}


def listing(
    _: Context, search: Search = None, filter: PatientFilter | None = None, order_by: PatientOrder | None = None
) -> paging.Listing:
    filter, order_by = filter or PatientFilter(), order_by or PatientOrder()
    values: dict[str, object] = {}
    if filter.facility_ids is not None:
        values["facility_ids"] = row_ids("Facility", filter.facility_ids)
    if filter.statuses is not None:
        values["statuses"] = filter.statuses
    if search is not None:
        values["search"] = checks.search(search, ["search"], SEARCH_LEAST)
    order = Order((_ORDERS[order_by.field], Patient.id), order_by.direction is Direction.DESC)
    return paging.Listing(order, Which(_WHICH, values), [filter, search])


@listed(Patient, listing)
async def patients(
    info: Info,
    search: Search = None,
    filter: PatientFilter | None = None,
    order_by: PatientOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Patient]:
    """The tenant's patients, by name unless asked otherwise."""
    which = listing(info.context, search, filter, order_by)
    return await paging.page(info, Patient, which, paging.window(info.context, which, first, after, last, before))


@listed(Patient, listing, below=Patient.facility_id)
@batched("id")
async def patients_of_facility(
    facilities: strawberry.Parent[Sequence[Facility]],
    info: Info,
    search: Search = None,
    filter: PatientFilter | None = None,
    order_by: PatientOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[Patient]]:
    """The facility's patients, by name unless asked otherwise."""
    which = listing(info.context, search, filter, order_by)
    window = paging.window(info.context, which, first, after, last, before)
    ids = values_of(facilities, Facility.id)
    return await paging.pages_below(info, Patient.facility_id, ids, which, window)


patient = to_one(Patient, Note.patient_id, "The patient it is about.")


class PatientPayload(NamedTuple):
    patient: Patient | None


@strawberry.input(description="A new patient.")
class CreatePatientInput(Mutation):
    facility_id: strawberry.ID = strawberry.field(description="Where they are cared for.")
    mrn: str = strawberry.field(description="Medical record number; unique, up to 64 characters.")
    name: str = strawberry.field(description="Their full name; up to 200 characters.")
    birth_date: date = strawberry.field(description="When they were born; not in the future.")
    email: str | None = strawberry.field(default=None, description="Their email address.")
    phone: str | None = strawberry.field(default=None, description="Their phone number (E.164, such as +4930123456).")
    time_zone: TimeZone | None = strawberry.field(
        default=None, description="The zone of their appointments; the facility's if not given."
    )
    locale: str | None = strawberry.field(
        default=None, description="The language to write to them in (BCP 47); the tenant's if not given."
    )


async def create_patient(info: Info, input: CreatePatientInput) -> PatientPayload:
    """Registers a patient. `CONFLICT` where the MRN is taken."""
    patient_id = uuid7()
    values = {
        "tenant_id": info.context.tenant_id,
        "id": patient_id,
        "mrn": _mrn(input.mrn, argument("mrn")),
        "name": checks.line(input.name, argument("name")),
        "birth_date": checks.birth_date(input.birth_date, argument("birth_date")),
        "email": None if input.email is None else checks.email(input.email, argument("email")),
        "phone": None if input.phone is None else checks.phone(input.phone, argument("phone")),
        "locale": None if input.locale is None else checks.locale(input.locale, argument("locale")),
        "status": PatientStatus.ACTIVE,
    }

    async def work(scope: Scope) -> None:
        facility = await facility_given(scope, input.facility_id)
        zone = input.time_zone or facility.time_zone
        if values["locale"] is None:
            values["locale"] = select(Tenant.locale).where(Tenant.id == scope.tenant_id).scalar_subquery()
        await scope.run(insert(Patient).values(**values, facility_id=facility.id, time_zone=zone))
        await outbox.append(scope, PatientEventKind.CREATED, patient_id)

    return await _payload(info, await once(info, input, patient_id, work))


@strawberry.input(description="Changes to a patient. What is not given stays.")
class UpdatePatientInput(Edit):
    facility_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="Where they are cared for.", default=None
    )
    mrn: strawberry.Maybe[str | None] = strawberry.field(description="Medical record number.", default=None)
    name: strawberry.Maybe[str | None] = strawberry.field(description="Their full name.", default=None)
    birth_date: strawberry.Maybe[date | None] = strawberry.field(description="When they were born.", default=None)
    email: strawberry.Maybe[str | None] = strawberry.field(description="Email address; null removes it.", default=None)
    phone: strawberry.Maybe[str | None] = strawberry.field(description="Phone number; null removes it.", default=None)
    time_zone: strawberry.Maybe[TimeZone | None] = strawberry.field(description="Their zone.", default=None)
    locale: strawberry.Maybe[str | None] = strawberry.field(description="Their language.", default=None)


async def update_patient(info: Info, input: UpdatePatientInput) -> PatientPayload:
    """Changes a patient. `CONFLICT` where the MRN is taken."""
    values = given(
        input,
        clearable=("email", "phone"),
        mrn=_mrn,
        name=checks.line,
        birth_date=checks.birth_date,
        email=checks.email,
        phone=checks.phone,
        time_zone=as_is,
        locale=checks.locale,
    )

    async def work(scope: Scope) -> None:
        if input.facility_id is not None:
            values["facility_id"] = (await facility_given(scope, not_null(input.facility_id, "facility_id"))).id
        await change(scope, Patient, input, values)
        await outbox.append(scope, PatientEventKind.UPDATED, row_id("Patient", input.id, argument("id")))

    return await _edit(info, input, work)


@strawberry.input(description="Which patient leaves care.")
class DischargePatientInput(Edit):
    discharged_at: datetime | None = strawberry.field(default=None, description="When; now if not given.")


async def discharge_patient(info: Info, input: DischargePatientInput) -> PatientPayload:
    """Ends a patient's care. Their records stay. `CONFLICT` where they were discharged already."""
    discharged_at = checks.effective_at(input.discharged_at or datetime.now(UTC), argument("discharged_at"))

    async def work(scope: Scope) -> None:
        active = Patient.status == PatientStatus.ACTIVE
        await change(
            scope, Patient, input, {"status": PatientStatus.DISCHARGED, "discharged_at": discharged_at}, active
        )
        await outbox.append(scope, PatientEventKind.DISCHARGED, row_id("Patient", input.id, argument("id")))

    return await _edit(info, input, work)


def _mrn(value: str, at: checks.Path) -> str:
    return checks.line(value, at, 64)


async def _edit(info: Info, input: Edit, work: Work) -> PatientPayload:
    return await _payload(info, await once(info, input, row_id("Patient", input.id, argument("id")), work))


async def _payload(info: Info, patient_id: UUID) -> PatientPayload:
    return PatientPayload(await info.context.loaders.by_id(Patient).load(patient_id))
