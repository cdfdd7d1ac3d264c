"""What dispatchers claim: the lanes with something due, and from a lane a batch of reminders, under a lease.

A lane is a channel of a tenant. Whoever holds a lease may send; it runs out by the database's clock, so that no clock of a
dispatcher matters. The token fences it: nothing is settled under a lease that somebody else has taken over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Integer,
    Interval,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.reminder_tables import ContactPreference, DeliveryAttempt, QueuedReminder, Reminder
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Patient
from db.vocabulary import AttemptOutcome, Channel, PatientStatus, ReminderPriority

RESERVED = 10
"""One in so many places of a batch is kept for the lowest priority, so that it is not starved."""

LEASE_EXPIRED = "LEASE_EXPIRED"
"""The error code of an attempt whose dispatcher was not heard of again."""


class Lane(NamedTuple):
    tenant_id: UUID
    channel: str


async def due_lanes(scope: Scope, channels: Sequence[Channel]) -> list[Lane]:
    """Those of active tenants, and not paused, with reminders that nobody is sending. The scope is one across tenants."""
    return [Lane(*row) for row in await scope.rows(_LANES, Lane, channels=list(channels))]


class Claimed(NamedTuple):
    """A reminder to send now. A row of the database has these columns in this order."""

    reminder_id: UUID
    attempt: int
    """Its number, counted over all channels."""
    channels: Sequence[str]
    not_after: datetime
    address: str | None
    consented: bool
    quiet_hours: str | None
    """JSON; see ContactPreference. None where no preference is known."""
    time_zone: str
    earlier_attempts: int
    """Of the number: made before it came back into the queue, and no longer held against it."""
    claimed_at: datetime


async def claim(scope: Scope, channel: str, size: int, token: UUID, lease: timedelta) -> Sequence[Claimed]:
    """At most `size` reminders of the scope's tenant, high priorities first. What others hold is passed over."""
    return await scope.rows(
        _CLAIM, Claimed, channel=channel, size=size, reserved=size // RESERVED, token=token, lease=lease
    )


def is_full(batch: Sequence[Claimed], size: int) -> bool:
    """Whether there may be more: a batch without low priorities leaves their places empty."""
    return len(batch) >= size - size // RESERVED


async def extend(scope: Scope, token: UUID, reminders: Sequence[UUID], lease: timedelta) -> int:
    """Gives the lease its full length again; how many of these are still held under it."""
    return await scope.run(_EXTEND, token=token, reminders=reminders, lease=lease)


_TOKEN = bindparam("token", type_=Uuid())
_CHANNEL = bindparam("channel", type_=Text())
_UNTIL = func.now() + bindparam("lease", type_=Interval())


def _due(priority: ReminderPriority, most: Any) -> CTE:
    queue = QueuedReminder
    return (
        select(queue.reminder_id, queue.attempt_count, queue.lease_token, queue.leased_until)
        .where(
            queue.tenant_id == TENANT,
            queue.channel == _CHANNEL,
            queue.priority == priority,
            queue.next_attempt_at <= func.now(),
            or_(queue.leased_until.is_(None), queue.leased_until < func.now()),
        )
        .order_by(queue.next_attempt_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte(priority.lower())
    )


def _claim() -> Any:
    queue = QueuedReminder
    size, reserved = bindparam("size", type_=Integer()), bindparam("reserved", type_=Integer())

    def left(of: Any, *taken: CTE) -> Any:
        for each in taken:
            of = of - select(func.count()).select_from(each).scalar_subquery()
        return of

    # Three walks along the index, each of one priority: what is due in the future is not walked over.
    high = _due(ReminderPriority.HIGH, size - reserved)
    normal = _due(ReminderPriority.NORMAL, left(size - reserved, high))
    low = _due(ReminderPriority.LOW, left(size, high, normal))
    due = union_all(*(select(each) for each in (high, normal, low))).cte("due")
    leased = (
        update(queue)
        .where(queue.tenant_id == TENANT, queue.reminder_id == due.c.reminder_id)
        .values(
            lease_token=_TOKEN,
            leased_until=_UNTIL,
            attempt_count=queue.attempt_count + 1,
        )
        .returning(queue.reminder_id, queue.attempt_count, queue.earlier_attempts)
        .cte("leased")
    )
    # Whoever held a lease that ran out may have sent: that attempt is on the record, though nobody knows how it ended.
    lost = select(
        *(
            TENANT,
            due.c.reminder_id,
            due.c.attempt_count,
            _CHANNEL,
            literal(""),
            due.c.leased_until,
            due.c.leased_until,
        ),
        *(literal(AttemptOutcome.UNKNOWN), literal(LEASE_EXPIRED)),
    ).where(due.c.lease_token.is_not(None))
    columns = ["tenant_id", "reminder_id", "number", "channel", "provider", "started_at", "finished_at"]
    recorded = (
        insert(DeliveryAttempt)
        .from_select([*columns, "outcome", "error_code"], lost)
        .on_conflict_do_nothing()
        .cte("recorded")
    )
    preference = ContactPreference
    return (
        select(
            leased.c.reminder_id,
            leased.c.attempt_count,
            Reminder.channels,
            Reminder.not_after,
            func.coalesce(preference.address, case((_CHANNEL == Channel.EMAIL, Patient.email))),
            # No row, no consent. Who is discharged is not written to any more.
            func.coalesce(
                preference.consented_at.is_not(None)
                & preference.opted_out_at.is_(None)
                & (Patient.status == PatientStatus.ACTIVE),
                False,
            ),
            preference.quiet_hours,
            Patient.time_zone,
            leased.c.earlier_attempts,
            func.now(),
        )
        .select_from(leased)
        .join(Reminder, (Reminder.tenant_id == TENANT) & (Reminder.id == leased.c.reminder_id))
        .join(Patient, (Patient.tenant_id == TENANT) & (Patient.id == Reminder.patient_id))
        .outerjoin(
            preference,
            (preference.tenant_id == TENANT)
            & (preference.patient_id == Reminder.patient_id)
            & (preference.channel == _CHANNEL),
        )
        .add_cte(recorded)
    )


def _extend() -> Any:
    queue = QueuedReminder
    return (
        update(queue)
        .where(
            queue.tenant_id == TENANT,
            queue.reminder_id == func.any(bindparam("reminders", type_=ARRAY(Uuid()))),
            queue.lease_token == _TOKEN,
        )
        .values(leased_until=_UNTIL)
    )


_LANES = Prepared(
    select(
        *func.due_lanes(bindparam("channels", type_=ARRAY(Text()))).table_valued("tenant_id", "channel", name="lanes").c
    )
)
_CLAIM = Prepared(_claim())
_EXTEND = Prepared(_extend())
