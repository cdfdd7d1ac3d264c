"""What a provider tells of a reminder that it accepted: it has arrived, it came back, or it was not wanted.

Each may be told again: it is on record once for an attempt, and what is on record changes nothing.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Text, Update, Uuid, and_, bindparam, case, exists, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from db import outbox
from db.appointment_tables import Appointment
from db.reminder_tables import DeliveryReceipt, QueuedReminder, Reminder
from db.reminders.opting_out import opt_out
from db.reminders.queueing import ATTEMPTS
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.vocabulary import AppointmentStatus, ReceiptKind, ReminderReason, ReminderStatus


class _About:
    """The reminder that a receipt is about."""

    patient_id: UUID
    status: str
    channel: str | None


async def receive(
    scope: Scope, reminder_id: UUID, channel: str, kind: ReceiptKind, error_code: str | None = None
) -> bool:
    """Writes it down. False where it came before the attempt that it is about was settled: then it has to come again.

    Of a reminder that is not the tenant's, or that another channel settled, nothing is written.
    """
    # The appointment first, as cancelling takes it: what is moved on below is not of one that is being cancelled.
    await scope.run(_HOLD_APPOINTMENT, reminder_id=reminder_id)
    about = await scope.row(_ABOUT, _About, reminder_id=reminder_id)
    if about is None:
        return True
    if about.status == ReminderStatus.SCHEDULED:
        return False
    given = {"reminder_id": reminder_id, "channel": channel, "kind": kind, "error_code": error_code}
    if not await scope.run(_RECORD, **given):
        return True
    if kind is ReceiptKind.BOUNCED:
        changed = await scope.run(_BOUNCE, reminder_id=reminder_id, channel=channel)
    else:
        changed = await scope.run(_ARRIVE, reminder_id=reminder_id)
    if changed:
        outbox.announce(scope)
    if kind is ReceiptKind.COMPLAINED:
        await opt_out(scope, about.patient_id, channel)
    return True


_REMINDER = bindparam("reminder_id", type_=Uuid())
_CHANNEL = bindparam("channel", type_=Text())
_THIS = and_(Reminder.tenant_id == TENANT, Reminder.id == _REMINDER)


def _hold_appointment() -> Any:
    of_it = select(Reminder.appointment_id).where(_THIS).scalar_subquery()
    return (
        select(Appointment.id)
        .where(Appointment.tenant_id == TENANT, Appointment.id == of_it)
        .with_for_update(read=True)
    )


def _about() -> Any:
    return select(Reminder.patient_id, Reminder.status, Reminder.channel).where(_THIS).with_for_update()


def _record() -> Any:
    accepted = select(
        TENANT,
        Reminder.id,
        Reminder.attempt_count,
        bindparam("kind", type_=Text()),
        bindparam("error_code", type_=Text()),
    ).where(
        _THIS,
        Reminder.channel == _CHANNEL,
        or_(Reminder.status == ReminderStatus.SENT, Reminder.status == ReminderStatus.DELIVERED),
    )
    columns = ["tenant_id", "reminder_id", "number", "kind", "error_code"]
    return insert(DeliveryReceipt).from_select(columns, accepted).on_conflict_do_nothing()


def _told(change: Update) -> Any:
    """The change, with its event."""
    return outbox.of_reminders(
        change.returning(
            Reminder.id, Reminder.patient_id, Reminder.appointment_id, Reminder.status, Reminder.channel
        ).cte("changed")
    )


def _arrive() -> Any:
    return _told(
        update(Reminder)
        .where(_THIS, Reminder.status == ReminderStatus.SENT)
        .values(status=ReminderStatus.DELIVERED, updated_at=func.now(), version=Reminder.version + 1)
    )


def _bounce() -> Any:
    """On to the next channel, unless there is none, it is too late, or the appointment is not what it was."""
    used = func.array_position(Reminder.channels, _CHANNEL)
    following = Reminder.channels[used + 1]
    # It has every attempt of its next channel, however many were made before: a replay may have used up more than there were.
    earlier = func.greatest(Reminder.attempt_count - ATTEMPTS * used, 0)
    still_booked = exists().where(
        Appointment.tenant_id == TENANT,
        Appointment.id == Reminder.appointment_id,
        Appointment.generation == Reminder.generation,
        Appointment.status == AppointmentStatus.BOOKED,
    )
    made = Reminder.attempt_count
    place = select(TENANT, Reminder.id, following, Reminder.priority, func.now(), made, earlier).where(
        _THIS,
        following.is_not(None),
        Reminder.not_after > func.now(),
        or_(Reminder.appointment_id.is_(None), still_booked),
    )
    columns = ["tenant_id", "reminder_id", "channel", "priority", "next_attempt_at", "attempt_count"]
    queued = insert(QueuedReminder).from_select([*columns, "earlier_attempts"], place)
    moved = queued.returning(QueuedReminder.reminder_id).cte("moved")
    goes_on = exists(select(moved.c.reminder_id))
    return _told(
        update(Reminder)
        .where(_THIS)
        .values(
            status=case((goes_on, ReminderStatus.SCHEDULED), else_=ReminderStatus.DEAD),
            status_reason=case((goes_on, null()), else_=ReminderReason.BOUNCED),
            channel=case((goes_on, null()), else_=Reminder.channel),
            settled_at=case((goes_on, null()), else_=func.now()),
            updated_at=func.now(),
            version=Reminder.version + 1,
        )
    )


_HOLD_APPOINTMENT = Prepared(_hold_appointment())
_ABOUT = Prepared(_about())
_RECORD = Prepared(_record())
_ARRIVE = Prepared(_arrive())
_BOUNCE = Prepared(_bounce())
