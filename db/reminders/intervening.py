"""What people do to single reminders: cancel, snooze, schedule one, replay the dead.

Fenced by the place in the queue, as dispatchers are: whoever holds its row decides, and what is under a lease that has not
run out is a dispatcher's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db import outbox
from db.appointment_tables import Appointment
from db.reminder_tables import QueuedReminder, Reminder, ReminderRule
from db.reminders.queueing import IDLE, WRITTEN, cancelled, enqueued
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.vocabulary import AppointmentStatus, ReminderReason, ReminderStatus


class Held(NamedTuple):
    """A reminder whose place in the queue, if it has one, is locked. Sending: a dispatcher is at it."""

    status: str
    version: int
    not_after: datetime
    sending: bool


async def hold(scope: Scope, reminder_id: UUID) -> Held | None:
    """None if there is no such reminder."""
    sending = await scope.value(_PLACE, reminder_id=reminder_id)
    record = await scope.row(_RECORD, Reminder, reminder_id=reminder_id)
    return None if record is None else Held(record.status, record.version, record.not_after, sending or False)


async def cancel_one(scope: Scope, reminder_id: UUID) -> None:
    """Of one that is held, SCHEDULED, and not being sent."""
    await scope.run(_CANCEL, reminder_id=reminder_id, reason=ReminderReason.CANCELLED_BY_STAFF)
    outbox.announce(scope)


async def snooze(scope: Scope, reminder_id: UUID, until: datetime) -> None:
    """Of one that is held, SCHEDULED, and not being sent."""
    await scope.run(_SNOOZE, reminder_id=reminder_id, until=until)
    outbox.announce(scope)


class OneOff(NamedTuple):
    """A reminder of no rule. About an appointment it has its generation; it has a template, or a text of its own."""

    reminder_id: UUID
    patient_id: UUID
    appointment_id: UUID | None
    generation: int | None
    template_id: UUID | None
    text: str | None
    channels: Sequence[str]
    priority: str
    due_at: datetime | None
    """None: now."""
    not_after: datetime


async def schedule(scope: Scope, one_off: OneOff) -> None:
    """An appointment that it is about is locked, so that it stays as it is."""
    await scope.run(_SCHEDULE, **one_off._asdict())
    outbox.announce(scope)


async def dead(scope: Scope, which: Sequence[ColumnElement[bool]], most: int) -> Sequence[UUID]:
    """Up to `most` of those that are DEAD and could still be sent in time, locked until the transaction ends.

    `which` are conditions on Reminder. What is about an appointment that was moved or will not take place stays dead, and so
    does what belongs to a rule that is no longer active.
    """
    wanted = (Reminder.tenant_id == TENANT, Reminder.status == ReminderStatus.DEAD, *_STILL_WANTED)
    found = await scope.rows(select(Reminder.id).where(*wanted, *which).order_by(Reminder.id).limit(most), Reminder)
    candidates = [each.id for each in found]
    # The appointments first, as cancelling takes them: nothing comes back for one that is being cancelled.
    await scope.rows(_HOLD_APPOINTMENTS, Appointment, reminders=candidates)
    locked = select(Reminder.id).where(*wanted, Reminder.id == _AMONG).order_by(Reminder.id).with_for_update()
    return [each.id for each in await scope.rows(locked, Reminder, reminders=candidates)]


async def replay(scope: Scope, reminders: Sequence[UUID]) -> None:
    """Of dead ones that are locked. They begin anew on their first channel, with all attempts before them."""
    await scope.run(_REPLAY, reminders=reminders)
    outbox.announce(scope)


_STILL_WANTED = (
    Reminder.not_after > func.now(),
    or_(
        Reminder.appointment_id.is_(None),
        exists().where(
            Appointment.tenant_id == TENANT,
            Appointment.id == Reminder.appointment_id,
            Appointment.generation == Reminder.generation,
            Appointment.status == AppointmentStatus.BOOKED,
        ),
    ),
    or_(
        Reminder.rule_id.is_(None),
        exists().where(ReminderRule.tenant_id == TENANT, ReminderRule.id == Reminder.rule_id, ReminderRule.active),
    ),
)
_REMINDER = bindparam("reminder_id", type_=Uuid())
_AMONG = func.any(bindparam("reminders", type_=ARRAY(Uuid())))


def _place() -> Any:
    queue = QueuedReminder
    # From its row alone: a lease that was taken while this waited for the lock is seen.
    return select(~IDLE).where(queue.tenant_id == TENANT, queue.reminder_id == _REMINDER).with_for_update()


def _snooze() -> Any:
    until = bindparam("until", type_=DateTime(timezone=True))
    moved = (
        update(QueuedReminder)
        .where(QueuedReminder.tenant_id == TENANT, QueuedReminder.reminder_id == _REMINDER)
        .values(next_attempt_at=until)
        .returning(QueuedReminder.reminder_id)
        .cte("moved")
    )
    snoozed = (
        update(Reminder)
        .where(Reminder.tenant_id == TENANT, Reminder.id == moved.c.reminder_id)
        .values(due_at=until, updated_at=func.now(), version=Reminder.version + 1)
        .returning(*WRITTEN)
        .cte("snoozed")
    )
    return outbox.of_reminders(snoozed)


def _schedule() -> Any:
    types: dict[str, Any] = {"generation": Integer(), "text": Text(), "channels": ARRAY(Text()), "priority": Text()}
    types |= dict.fromkeys(("patient_id", "appointment_id", "template_id"), Uuid())
    given = {name: bindparam(name, type_=type_) for name, type_ in types.items()}
    instant = DateTime(timezone=True)
    written = (
        insert(Reminder)
        .values(
            tenant_id=TENANT,
            id=_REMINDER,
            **given,
            due_at=func.coalesce(bindparam("due_at", type_=instant), func.now()),
            not_after=bindparam("not_after", type_=instant),
            status=ReminderStatus.SCHEDULED,
        )
        .returning(*WRITTEN)
        .cte("written")
    )
    return enqueued(written)


def _replay() -> Any:
    written = (
        update(Reminder)
        .where(Reminder.tenant_id == TENANT, Reminder.id == _AMONG)
        .values(
            status=ReminderStatus.SCHEDULED,
            status_reason=null(),
            channel=null(),
            settled_at=null(),
            updated_at=func.now(),
            version=Reminder.version + 1,
        )
        .returning(*WRITTEN)
        .cte("written")
    )
    return enqueued(written)


def _hold_appointments() -> Any:
    theirs = select(Reminder.appointment_id).where(Reminder.tenant_id == TENANT, Reminder.id == _AMONG)
    return (
        select(Appointment.id)
        .where(Appointment.tenant_id == TENANT, Appointment.id.in_(theirs))
        .order_by(Appointment.id)
        .with_for_update(read=True)
    )


_HOLD_APPOINTMENTS = Prepared(_hold_appointments())
_PLACE = Prepared(_place())
_RECORD = Prepared(
    select(Reminder.status, Reminder.version, Reminder.not_after).where(
        Reminder.tenant_id == TENANT, Reminder.id == _REMINDER
    )
)
_CANCEL = Prepared(cancelled(Reminder.id == _REMINDER))
_SNOOZE = Prepared(_snooze())
_SCHEDULE = Prepared(_schedule())
_REPLAY = Prepared(_replay())
