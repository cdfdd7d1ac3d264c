"""Reading appointments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column

from auth import Permission
from db.appointment_states import OCCUPYING, UPCOMING
from db.appointment_tables import Appointment
from db.keyset import Order, Which
from db.pool import values_of
from db.tables import Patient, Practitioner
from db.vocabulary import AppointmentStatus
from errors import Invalid
from executor import batched, reads
from loaders.calendars import Span
from loaders.keys import among, among_words
from resolvers import paging
from resolvers.context import Context, Info
from resolvers.enums import AppointmentOrderField, Direction
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_ids
from resolvers.relations import listed, to_one

_ORDERS = {AppointmentOrderField.START: Appointment.starts_at}


@strawberry.input(description="How to order appointments.")
class AppointmentOrder:
    field: AppointmentOrderField = strawberry.field(default=AppointmentOrderField.START, description="By what.")
    direction: Direction | None = strawberry.field(
        default=None, description="Which way. If not given: the latest first, but of upcoming ones the soonest."
    )


@strawberry.input(description="Which appointments. What is given must all hold.")
class AppointmentFilter:
    facility_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="At any of these facilities.")
    patient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of any of these patients. For roles that may see patients."
    )
    practitioner_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="With any of these practitioners. For roles that may see practitioners."
    )
    statuses: list[AppointmentStatus] | None = strawberry.field(
        default=None, description="In any of these states. If not given: in any but ENTERED_IN_ERROR."
    )
    start_from: datetime | None = strawberry.field(default=None, description="Beginning at this instant or later.")
    start_before: datetime | None = strawberry.field(default=None, description="Beginning before this instant.")
    upcoming: bool = strawberry.field(
        default=False,
        description="Whether only those that are still to come: PENDING or BOOKED, and beginning from now on.",
    )


_WHICH: dict[str, ColumnElement[bool]] = {
    "facility_ids": among(Appointment.facility_id, "facility_ids"),
    "patient_ids": among(Appointment.patient_id, "patient_ids"),
    "practitioner_ids": among(Appointment.practitioner_id, "practitioner_ids"),
    "statuses": among_words(Appointment.status, "statuses"),
    "hidden": Appointment.status != bindparam("hidden", type_=Appointment.status.type),
    "start_from": Appointment.starts_at >= bindparam("start_from", type_=Appointment.starts_at.type),
    "start_before": Appointment.starts_at < bindparam("start_before", type_=Appointment.starts_at.type),
    # Literals, or PostgreSQL could not tell that the partial index has all of them.
    "upcoming": and_(
        Appointment.status.in_([literal_column(f"'{status}'") for status in UPCOMING]),
        Appointment.starts_at >= func.now(),
    ),
}


def listing(
    context: Context, filter: AppointmentFilter | None = None, order_by: AppointmentOrder | None = None
) -> paging.Listing:
    """Raises Forbidden for a filter by something that the caller may not see: it would tell."""
    filter, order_by = filter or AppointmentFilter(), order_by or AppointmentOrder()
    direction = order_by.direction or (Direction.ASC if filter.upcoming else Direction.DESC)
    order = Order((_ORDERS[order_by.field], Appointment.id), direction is Direction.DESC)
    return paging.Listing(order, _which(context, filter), filter)


def _which(context: Context, filter: AppointmentFilter) -> Which:
    principal = context.principal
    values: dict[str, object] = {}
    if filter.facility_ids is not None:
        values["facility_ids"] = row_ids("Facility", filter.facility_ids)
    if filter.patient_ids is not None:
        principal.require(Permission.PATIENTS_READ)
        values["patient_ids"] = row_ids("Patient", filter.patient_ids)
    if filter.practitioner_ids is not None:
        principal.require(Permission.ORGANIZATION_READ)
        values["practitioner_ids"] = row_ids("Practitioner", filter.practitioner_ids)
    for name in ("statuses", "start_from", "start_before"):
        if (given := getattr(filter, name)) is not None:
            values[name] = given
    if filter.upcoming:
        values["upcoming"] = True
    elif filter.statuses is None:
        values["hidden"] = AppointmentStatus.ENTERED_IN_ERROR
    return Which(_WHICH, values)


@listed(Appointment, listing)
async def appointments(
    info: Info,
    filter: AppointmentFilter | None = None,
    order_by: AppointmentOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Appointment]:
    """The tenant's appointments: the latest first, or of upcoming ones the soonest, unless asked otherwise."""
    which = listing(info.context, filter, order_by)
    return await paging.page(info, Appointment, which, paging.window(info.context, which, first, after, last, before))


@listed(Appointment, listing, below=Appointment.patient_id)
@batched("id")
async def appointments_of_patient(
    patients: strawberry.Parent[Sequence[Patient]],
    info: Info,
    filter: AppointmentFilter | None = None,
    order_by: AppointmentOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[Appointment]]:
    """The patient's appointments: the latest first, or of upcoming ones the soonest, unless asked otherwise."""
    which = listing(info.context, filter, order_by)
    window = paging.window(info.context, which, first, after, last, before)
    return await paging.pages_below(info, Appointment.patient_id, values_of(patients, Patient.id), which, window)


@batched("id")
async def calendar(
    practitioners: strawberry.Parent[Sequence[Practitioner]],
    info: Info,
    from_: Annotated[datetime, strawberry.argument(name="from", description="From this instant.")],
    to: Annotated[datetime, strawberry.argument(description="To this instant, which is not part of it.")],
    statuses: Annotated[
        list[AppointmentStatus] | None,
        strawberry.argument(
            description="In any of these states. If not given: in those that take the practitioner's time, which are "
            "PENDING, BOOKED, ARRIVED, CHECKED_IN and FULFILLED."
        ),
    ] = None,
) -> list[list[Appointment]]:
    """Their appointments in a span of time, also those that only reach into it, by their start."""
    limit = timedelta(days=info.context.settings.calendar_days_limit)
    if to <= from_:
        raise Invalid("`to` is after `from`.", ["to"])
    if to - from_ > limit:
        raise Invalid(f"A calendar spans up to {limit.days} days; this would be {to - from_}.", ["to"])
    loader = info.context.loaders.calendars(Span(from_, to, tuple(OCCUPYING if statuses is None else statuses)))
    return await loader.load_all(values_of(practitioners, Practitioner.id), reads(info))


practitioner = to_one(Practitioner, Appointment.practitioner_id, "Who sees the patient.")
