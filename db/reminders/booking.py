"""The reminders of an appointment: written, moved and cancelled in the transaction that books, moves or cancels it."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    CTE,
    DateTime,
    Text,
    Uuid,
    bindparam,
    case,
    delete,
    func,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from db import outbox
from db.appointment_tables import Appointment
from db.due_times import due_at, parse_offset
from db.reminder_tables import QueuedReminder, Reminder, ReminderRule
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Patient
from db.vocabulary import AppointmentStatus, ReminderReason, ReminderStatus


class _Due:
    """A rule that is active, and the appointment that it is applied to."""

    id: UUID
    lead_time: str
    starts_at: datetime
    time_zone: str


_APPOINTMENT = bindparam("appointment_id", type_=Uuid())

_DUE = Prepared(
    select(ReminderRule.id, ReminderRule.lead_time, Appointment.starts_at, Patient.time_zone)
    .select_from(Appointment)
    .join(Patient, (Patient.tenant_id == TENANT) & (Patient.id == Appointment.patient_id))
    .join(ReminderRule, (ReminderRule.tenant_id == TENANT) & ReminderRule.active)
    .where(
        Appointment.tenant_id == TENANT, Appointment.id == _APPOINTMENT, Appointment.status == AppointmentStatus.BOOKED
    )
)


async def book(scope: Scope, appointment_id: UUID) -> None:
    """Writes a reminder for each active rule of the tenant, if the appointment is BOOKED: others may not take place.

    Those of its generation that are there already stay as they are. One that was due before it could be written is SKIPPED at
    once: it is never sent late.
    """
    rules = await scope.rows(_DUE, _Due, appointment_id=appointment_id)
    if rules:
        await scope.run(
            _BOOK,
            appointment_id=appointment_id,
            reminder_ids=[uuid7() for _ in rules],
            rule_ids=[rule.id for rule in rules],
            due_at=[due_at(parse_offset(each.lead_time), each.starts_at, ZoneInfo(each.time_zone)) for each in rules],
        )
        outbox.announce(scope)


async def reschedule(scope: Scope, appointment_id: UUID) -> None:
    """For an appointment that has moved, and so has a new generation: the reminders of the old ones are cancelled."""
    await cancel(scope, appointment_id, ReminderReason.APPOINTMENT_MOVED)
    await book(scope, appointment_id)


async def cancel(scope: Scope, appointment_id: UUID, reason: ReminderReason) -> None:
    """Cancels what is still to be sent. What a dispatcher is sending at this moment may go out; its attempt is recorded."""
    if await scope.run(_CANCEL, appointment_id=appointment_id, reason=reason):
        outbox.announce(scope)


def _book() -> Any:
    due = (
        func.unnest(
            bindparam("reminder_ids", type_=ARRAY(Uuid())),
            bindparam("rule_ids", type_=ARRAY(Uuid())),
            bindparam("due_at", type_=ARRAY(DateTime(timezone=True))),
        )
        .table_valued("id", "rule_id", "due_at", name="due")
        .render_derived()
    )
    in_time = due.c.due_at > func.now()
    rows = (
        select(
            TENANT,
            due.c.id,
            Appointment.patient_id,
            Appointment.id,
            due.c.rule_id,
            Appointment.generation,
            ReminderRule.template_id,
            ReminderRule.channels,
            ReminderRule.priority,
            due.c.due_at,
            Appointment.starts_at,
            case((in_time, ReminderStatus.SCHEDULED), else_=ReminderStatus.SKIPPED),
            case((in_time, null()), else_=ReminderReason.DUE_BEFORE_BOOKING),
            case((in_time, null()), else_=func.now()),
        )
        .select_from(due)
        .join(Appointment, (Appointment.tenant_id == TENANT) & (Appointment.id == _APPOINTMENT))
        .join(ReminderRule, (ReminderRule.tenant_id == TENANT) & (ReminderRule.id == due.c.rule_id))
    )
    columns = [
        *("tenant_id", "id", "patient_id", "appointment_id", "rule_id", "generation", "template_id", "channels"),
        *("priority", "due_at", "not_after", "status", "status_reason", "settled_at"),
    ]
    booked = (
        insert(Reminder)
        .from_select(columns, rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "appointment_id", "rule_id", "generation"])
        .returning(
            *(Reminder.id, Reminder.patient_id, Reminder.appointment_id, Reminder.status, Reminder.channel),
            *(Reminder.channels, Reminder.priority, Reminder.due_at),
        )
        .cte("booked")
    )
    return outbox.of_reminders(booked).add_cte(_enqueue(booked).cte("queued"))


def _enqueue(booked: CTE) -> Any:
    """Gives those that were booked as SCHEDULED a place in the queue, on their first channel."""
    places = select(TENANT, booked.c.id, booked.c.channels[1], booked.c.priority, booked.c.due_at).where(
        booked.c.status == ReminderStatus.SCHEDULED
    )
    columns = ["tenant_id", "reminder_id", "channel", "priority", "next_attempt_at"]
    return insert(QueuedReminder).from_select(columns, places).on_conflict_do_nothing()


def _cancel() -> Any:
    # In the order of their ids, as settling takes them: so the two never wait for each other in a circle.
    waiting = (
        select(QueuedReminder.reminder_id)
        .join(
            Reminder,
            (Reminder.tenant_id == TENANT) & (Reminder.id == QueuedReminder.reminder_id),
        )
        .where(QueuedReminder.tenant_id == TENANT, Reminder.appointment_id == _APPOINTMENT)
        .order_by(QueuedReminder.reminder_id)
        .with_for_update(of=QueuedReminder)
        .cte("waiting")
    )
    gone = (
        delete(QueuedReminder)
        .where(QueuedReminder.tenant_id == TENANT, QueuedReminder.reminder_id.in_(select(waiting.c.reminder_id)))
        .returning(QueuedReminder.reminder_id, QueuedReminder.attempt_count)
        .cte("gone")
    )
    cancelled = (
        update(Reminder)
        .where(Reminder.tenant_id == TENANT, Reminder.id == gone.c.reminder_id)
        .values(
            status=ReminderStatus.CANCELLED,
            status_reason=bindparam("reason", type_=Text()),
            attempt_count=gone.c.attempt_count,
            settled_at=func.now(),
            updated_at=func.now(),
            version=Reminder.version + 1,
        )
        .returning(Reminder.id, Reminder.patient_id, Reminder.appointment_id, Reminder.status, Reminder.channel)
        .cte("cancelled")
    )
    return outbox.of_reminders(cancelled)


_BOOK = Prepared(_book())
_CANCEL = Prepared(_cancel())
