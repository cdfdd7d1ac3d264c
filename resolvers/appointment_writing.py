"""Booking appointments, and moving them to another time.

The database guards both as well: see the policies of `appointments` and its exclusion constraint in the migrations.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import ScalarSelect, func, insert, select, update
from uuid_utils.compat import uuid7

from db import outbox, reminders
from db.appointment_states import PLANNED
from db.appointment_tables import LONGEST, Appointment
from db.event_kinds import AppointmentEventKind
from db.scope import Scope
from db.tables import Facility, Patient, Practitioner
from db.vocabulary import AppointmentStatus, FacilityStatus
from errors import Conflict, Invalid, NotFound
from resolvers import checks
from resolvers.context import Info
from resolvers.mutating import Edit, Mutation, argument, as_is, given, identity, not_null, once, refuse_stale
from resolvers.references import facility_given, facility_of, row_id
from resolvers.scalars import TimeZone

AHEAD = timedelta(days=5 * 366)
"""How far ahead an appointment may begin. Nobody plans further; a slip of the pen in the year does."""

_PLANNED = ", ".join(PLANNED)


class AppointmentPayload(NamedTuple):
    appointment: Appointment | None


@strawberry.input(description="A new appointment.")
class BookAppointmentInput(Mutation):
    patient_id: strawberry.ID = strawberry.field(description="Who is seen.")
    practitioner_id: strawberry.ID = strawberry.field(description="Who sees them.")
    facility_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where; the patient's facility if not given."
    )
    start: datetime = strawberry.field(description="When it begins: at the latest five years from now.")
    end: datetime = strawberry.field(description="When it ends: after its start, and at most 24 hours later.")
    time_zone: TimeZone | None = strawberry.field(
        default=None, description="The zone its times are told in; the facility's if not given."
    )
    service_type: str = strawberry.field(
        description="What it is for, in a word or two that a reminder may hold; up to 200 characters."
    )
    status: AppointmentStatus = strawberry.field(
        default=AppointmentStatus.BOOKED, description="What it begins as: PROPOSED, PENDING, BOOKED or WAITLIST."
    )
    exclusive: bool = strawberry.field(
        default=True,
        description="Whether it may not overlap with others of the practitioner that are exclusive, too. "
        "Give false for groups, and to overbook on purpose.",
    )


async def book_appointment(info: Info, input: BookAppointmentInput) -> AppointmentPayload:
    """Books an appointment.

    `CONFLICT` where the practitioner has another at that time and both are exclusive, where the facility is closed, and where
    the patient's care ended before.
    """
    appointment_id, patient_id = uuid7(), row_id("Patient", input.patient_id, argument("patient_id"))
    practitioner_id = row_id("Practitioner", input.practitioner_id, argument("practitioner_id"))
    _check_times(input.start, input.end)
    if input.status not in PLANNED:
        raise Invalid(f"An appointment begins as one of {_PLANNED}.", argument("status"))
    service_type = checks.line(input.service_type, argument("service_type"))

    async def work(scope: Scope) -> None:
        patient = await _patient(scope, patient_id, input.start)
        facility = await _facility(scope, input.facility_id, patient.facility_id)
        if not await take_turn(scope, practitioner_id):
            raise NotFound("practitioner", argument("practitioner_id"))
        await scope.run(
            insert(Appointment).values(
                tenant_id=scope.tenant_id,
                id=appointment_id,
                patient_id=patient_id,
                practitioner_id=practitioner_id,
                facility_id=facility.id,
                starts_at=input.start,
                ends_at=input.end,
                time_zone=input.time_zone or facility.time_zone,
                service_type=service_type,
                exclusive=input.exclusive,
                status=input.status,
            )
        )
        await outbox.append(scope, AppointmentEventKind.BOOKED, appointment_id)
        await reminders.book(scope, appointment_id)

    return await payload(info, await once(info, input, appointment_id, work))


@strawberry.input(
    description="Another time for an appointment, and what else changes with it. What is not given stays."
)
class RescheduleAppointmentInput(Edit):
    start: datetime = strawberry.field(description="When it begins: at the latest five years from now.")
    end: datetime | None = strawberry.field(
        default=None, description="When it ends; as long after its start as before if not given."
    )
    practitioner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="Who sees the patient.", default=None
    )
    facility_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="Where. Its zone is then the appointment's, unless another is given.", default=None
    )
    time_zone: strawberry.Maybe[TimeZone | None] = strawberry.field(
        description="The zone its times are told in.", default=None
    )
    exclusive: strawberry.Maybe[bool | None] = strawberry.field(
        description="Whether it may not overlap with others of the practitioner that are exclusive, too.", default=None
    )


async def reschedule_appointment(info: Info, input: RescheduleAppointmentInput) -> AppointmentPayload:
    """Moves an appointment that is PROPOSED, PENDING, BOOKED or WAITLIST, which gives it a new generation.

    `CONFLICT` where it is in another state, and for what refuses a booking.
    """
    appointment_id, values = row_id("Appointment", input.id, argument("id")), given(input, exclusive=as_is)
    if input.practitioner_id is not None:
        new = not_null(input.practitioner_id, "practitioner_id")
        values["practitioner_id"] = row_id("Practitioner", new, argument("practitioner_id"))
    facility_id = None if input.facility_id is None else not_null(input.facility_id, "facility_id")
    zone = None if input.time_zone is None else not_null(input.time_zone, "time_zone")

    async def work(scope: Scope) -> None:
        turn = values.get("practitioner_id", practitioner_of(scope, appointment_id))
        if not await take_turn(scope, turn) and "practitioner_id" in values:
            raise NotFound("practitioner", argument("practitioner_id"))
        appointment = await _planned(scope, input)
        end = input.end or input.start + (appointment.ends_at - appointment.starts_at)
        _check_times(input.start, end)
        await _patient(scope, appointment.patient_id, input.start)
        facility = await _facility(scope, facility_id, appointment.facility_id)
        await scope.run(
            update(Appointment)
            .where(*identity(scope, Appointment, appointment.id))
            .values(
                **values,
                facility_id=facility.id,
                time_zone=zone or (appointment.time_zone if facility_id is None else facility.time_zone),
                starts_at=input.start,
                ends_at=end,
                generation=Appointment.generation + 1,
                version=Appointment.version + 1,
                updated_at=func.now(),
            )
        )
        await outbox.append(scope, AppointmentEventKind.RESCHEDULED, appointment.id, left=appointment.facility_id)
        await reminders.reschedule(scope, appointment.id)

    return await payload(info, await once(info, input, appointment_id, work))


def _check_times(start: datetime, end: datetime) -> None:
    """Raises Invalid."""
    if start > datetime.now(UTC) + AHEAD:
        raise Invalid("An appointment begins at the latest five years from now.", argument("start"))
    if end <= start:
        raise Invalid("An appointment ends after it begins.", argument("end"))
    if end - start > LONGEST:
        raise Invalid(f"An appointment lasts up to 24 hours; this would be {end - start}.", argument("end"))


async def _patient(scope: Scope, patient_id: UUID, start: datetime) -> Patient:
    """Raises NotFound, and Conflict where their care ends before the appointment begins."""
    patient = await scope.row(select(Patient.__table__).where(*identity(scope, Patient, patient_id)), Patient)
    if patient is None:
        raise NotFound("patient", argument("patient_id"))
    if patient.discharged_at is not None and patient.discharged_at <= start:
        raise Conflict("The patient's care has ended by then: they were discharged.", reason="PATIENT_DISCHARGED")
    return patient


async def _facility(scope: Scope, given_id: str | None, otherwise: UUID) -> Facility:
    """Raises NotFound, and Conflict where it is closed."""
    facility = await facility_of(scope, otherwise) if given_id is None else await facility_given(scope, given_id)
    assert facility is not None, "a foreign key leads there"
    if facility.status == FacilityStatus.INACTIVE:
        raise Conflict("The facility is closed: its status is INACTIVE.", reason="FACILITY_INACTIVE")
    return facility


async def _planned(scope: Scope, input: Edit) -> Appointment:
    """The appointment, locked. Raises NotFound, or Conflict where it is no longer planned or not of the expected version."""
    this = identity(scope, Appointment, row_id("Appointment", input.id, argument("id")))
    # Under the policy only one that is planned can be locked for an update.
    appointment = await scope.row(select(Appointment.__table__).where(*this).with_for_update(), Appointment)
    if appointment is None:
        status = await scope.value(select(Appointment.status).where(*this))
        if status is None:
            raise NotFound("appointment", argument("id"))
        raise Conflict(
            f"This appointment is {status}: only one that is {_PLANNED} can be moved.",
            reason="APPOINTMENT_STATUS",
            status=status,
        )
    refuse_stale(input.expected_version, appointment.version)
    return appointment


def practitioner_of(scope: Scope, appointment_id: UUID) -> ScalarSelect[UUID]:
    return select(Appointment.practitioner_id).where(*identity(scope, Appointment, appointment_id)).scalar_subquery()


async def take_turn(scope: Scope, practitioner_id: UUID | ScalarSelect[UUID]) -> bool:
    """Waits until nobody else books this practitioner, before anything of the appointment is locked. False: there is none.

    Two that overlap would else wait for each other at the exclusion constraint, until PostgreSQL calls it a deadlock.
    """
    found = await scope.value(
        select(Practitioner.id)
        .where(Practitioner.tenant_id == scope.tenant_id, Practitioner.id == practitioner_id)
        .with_for_update(key_share=True)
    )
    return found is not None


async def payload(info: Info, appointment_id: UUID) -> AppointmentPayload:
    return AppointmentPayload(await info.context.loaders.by_id(Appointment).load(appointment_id))
