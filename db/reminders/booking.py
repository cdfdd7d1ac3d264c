"""The reminders of an appointment: written, moved and cancelled in the transaction that books, moves or cancels it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from db import outbox
from db.appointment_tables import Appointment
from db.reminder_tables import Reminder, ReminderRule
from db.reminders.queueing import cancelled
from db.reminders.ruling import read_rules
from db.reminders.writing import due, write
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Patient
from db.vocabulary import AppointmentStatus, ReminderReason


class _Applied:
    """A rule that is active, and the appointment that it is applied to."""

    id: UUID
    lead_time: str
    starts_at: datetime
    time_zone: str


_APPOINTMENT = bindparam("appointment_id", type_=Uuid())

_APPLIED = Prepared(
    select(ReminderRule.id, ReminderRule.lead_time, Appointment.starts_at, Patient.time_zone)
    .select_from(Appointment)
    .join(Patient, (Patient.tenant_id == TENANT) & (Patient.id == Appointment.patient_id))
    .join(ReminderRule, (ReminderRule.tenant_id == TENANT) & ReminderRule.active)
    .where(
        Appointment.tenant_id == TENANT, Appointment.id == _APPOINTMENT, Appointment.status == AppointmentStatus.BOOKED
    )
)
_CANCEL = Prepared(cancelled(Reminder.appointment_id == _APPOINTMENT))


async def book(scope: Scope, appointment_id: UUID) -> None:
    """Writes a reminder for each active rule of the tenant, if the appointment is BOOKED: others may not take place."""
    await read_rules(scope)
    await _apply_rules(scope, appointment_id)


async def reschedule(scope: Scope, appointment_id: UUID) -> None:
    """For an appointment that has moved, and so has a new generation: the reminders of the old ones are cancelled."""
    await cancel(scope, appointment_id, ReminderReason.APPOINTMENT_MOVED)
    await _apply_rules(scope, appointment_id)


async def cancel(scope: Scope, appointment_id: UUID, reason: ReminderReason) -> None:
    """Cancels what is still to be sent. What a dispatcher is sending at this moment may go out; its attempt is recorded."""
    # Before any place in the queue is locked: whoever changes a rule locks those after it.
    await read_rules(scope)
    if await scope.run(_CANCEL, appointment_id=appointment_id, reason=reason):
        outbox.announce(scope)


async def _apply_rules(scope: Scope, appointment_id: UUID) -> None:
    rules = await scope.rows(_APPLIED, _Applied, appointment_id=appointment_id)
    if rules:
        await write(
            scope, [due(each.id, each.lead_time, appointment_id, each.starts_at, each.time_zone) for each in rules]
        )
