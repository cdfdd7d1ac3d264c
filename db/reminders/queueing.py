"""Into the queue and out of it again: what bookings, rules and people have in common."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Text, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db import outbox
from db.reminder_tables import QueuedReminder, Reminder
from db.statements import TENANT
from db.vocabulary import ReminderStatus

ATTEMPTS = 5
"""On each channel: with the waits between, a provider may be away for 20 to 40 minutes."""

IDLE = QueuedReminder.leased_until.is_(None) | (QueuedReminder.leased_until < func.now())
"""Nobody is sending it: a lease that ran out is for others to take."""


WRITTEN = (
    *(Reminder.id, Reminder.patient_id, Reminder.appointment_id, Reminder.status, Reminder.channel),
    *(Reminder.channels, Reminder.priority, Reminder.due_at, Reminder.attempt_count),
)
"""What `enqueued` needs of the records."""


def enqueued(written: CTE) -> Any:
    """Gives those that were written as SCHEDULED a place in the queue, on their first channel; and an event to all of them."""
    made = written.c.attempt_count
    places = select(
        *(TENANT, written.c.id, written.c.channels[1], written.c.priority, written.c.due_at, made, made)
    ).where(written.c.status == ReminderStatus.SCHEDULED)
    columns = ["tenant_id", "reminder_id", "channel", "priority", "next_attempt_at", "attempt_count"]
    queued = insert(QueuedReminder).from_select([*columns, "earlier_attempts"], places).on_conflict_do_nothing()
    return outbox.of_reminders(written).add_cte(queued.cte("queued"))


def cancelled(*which: ColumnElement[bool]) -> Any:
    """Takes those of the waiting ones out of the queue, cancels them for the parameter `reason`, and writes their events."""
    # In the order of their ids, as settling takes them: so the two never wait for each other in a circle.
    waiting = (
        select(QueuedReminder.reminder_id)
        .join(
            Reminder,
            (Reminder.tenant_id == TENANT) & (Reminder.id == QueuedReminder.reminder_id),
        )
        .where(QueuedReminder.tenant_id == TENANT, *which)
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
        .returning(*WRITTEN)
        .cte("cancelled")
    )
    return outbox.of_reminders(cancelled)
