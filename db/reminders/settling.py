"""What became of a claimed batch, written under its lease: what is finished, what goes on, what was given back, each attempt.

Each is one statement for all of them. Rows whose lease somebody else has taken over by then are left alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db import outbox
from db.reminder_tables import DeliveryAttempt, QueuedReminder, Reminder
from db.scope import Scope
from db.statements import TENANT, Prepared


class Finished(NamedTuple):
    """A reminder that leaves the queue. `attempted` tells whether its claim became an attempt."""

    reminder_id: UUID
    attempted: bool
    status: str
    reason: str | None


class Postponed(NamedTuple):
    """A reminder that stays in the queue, for another time or another channel."""

    reminder_id: UUID
    attempted: bool
    channel: str
    next_attempt_at: datetime


class Attempt(NamedTuple):
    reminder_id: UUID
    number: int
    started_at: datetime
    finished_at: datetime
    outcome: str
    provider_message_id: str | None
    error_code: str | None


class Settlement(NamedTuple):
    """What became of a batch. What was given back was claimed and not sent: others may claim it at once."""

    channel: str
    provider: str
    attempts: Sequence[Attempt]
    finished: Sequence[Finished]
    postponed: Sequence[Postponed]
    given_back: Sequence[UUID]


async def settle(scope: Scope, token: UUID, settlement: Settlement) -> None:
    """Writes it down. Doing it again changes nothing: what was settled is no longer held under the token."""
    channel, provider, attempts, finished, postponed, given_back = settlement
    if finished:
        await scope.run(_FINISH, token=token, **_columns(finished, Finished))
        outbox.announce(scope)
    if postponed:
        await scope.run(_POSTPONE, token=token, **_columns(postponed, Postponed))
    if given_back:
        await scope.run(_GIVE_BACK, token=token, reminder_id=given_back)
    # Also those of leases that were lost: what was sent was sent.
    if attempts:
        await scope.run(_RECORD, channel=channel, provider=provider, **_columns(attempts, Attempt))


def _columns(rows: Sequence[tuple[Any, ...]], of: Any) -> dict[str, object]:
    """An array for each field, in the order of the ids, as cancelling takes them: so the two do not wait in a circle."""
    ordered = sorted(rows, key=lambda row: row[0].bytes)
    return dict(zip(of._fields, zip(*ordered, strict=True), strict=True))


_TOKEN = bindparam("token", type_=Uuid())


def _given(**columns: Any) -> Any:
    """A relation of the arrays that are given by these names."""
    arrays = (bindparam(name, type_=ARRAY(kind)) for name, kind in columns.items())
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def _not_made(given: Any) -> Any:
    return case((given.c.attempted, 0), else_=1)


def _finish() -> Any:
    queue, given = QueuedReminder, _given(reminder_id=Uuid(), attempted=Boolean(), status=Text(), reason=Text())
    gone = (
        delete(queue)
        .where(queue.tenant_id == TENANT, queue.reminder_id == given.c.reminder_id, queue.lease_token == _TOKEN)
        .returning(
            queue.reminder_id,
            queue.channel,
            (queue.attempt_count - _not_made(given)).label("attempt_count"),
            given.c.status,
            given.c.reason,
        )
        .cte("gone")
    )
    settled = (
        update(Reminder)
        .where(Reminder.tenant_id == TENANT, Reminder.id == gone.c.reminder_id)
        .values(
            status=gone.c.status,
            status_reason=gone.c.reason,
            channel=gone.c.channel,
            attempt_count=gone.c.attempt_count,
            settled_at=func.now(),
            updated_at=func.now(),
            version=Reminder.version + 1,
        )
        .returning(Reminder.id, Reminder.patient_id, Reminder.appointment_id, Reminder.status, Reminder.channel)
        .cte("settled")
    )
    return outbox.of_reminders(settled)


def _postpone() -> Any:
    queue = QueuedReminder
    given = _given(reminder_id=Uuid(), attempted=Boolean(), channel=Text(), next_attempt_at=DateTime(timezone=True))
    return (
        update(queue)
        .where(queue.tenant_id == TENANT, queue.reminder_id == given.c.reminder_id, queue.lease_token == _TOKEN)
        .values(
            channel=given.c.channel,
            next_attempt_at=given.c.next_attempt_at,
            attempt_count=queue.attempt_count - _not_made(given),
            lease_token=None,
            leased_until=None,
        )
    )


def _give_back() -> Any:
    queue = QueuedReminder
    return (
        update(queue)
        .where(
            queue.tenant_id == TENANT,
            queue.reminder_id == func.any(bindparam("reminder_id", type_=ARRAY(Uuid()))),
            queue.lease_token == _TOKEN,
        )
        .values(
            attempt_count=queue.attempt_count - 1,
            lease_token=None,
            leased_until=None,
        )
    )


def _record() -> Any:
    given = _given(
        reminder_id=Uuid(),
        number=Integer(),
        started_at=DateTime(timezone=True),
        finished_at=DateTime(timezone=True),
        outcome=Text(),
        provider_message_id=Text(),
        error_code=Text(),
    )
    rows = select(TENANT, bindparam("channel", type_=Text()), bindparam("provider", type_=Text()), *given.c)
    # One that was given up for lost is on the record already.
    return (
        insert(DeliveryAttempt)
        .from_select(["tenant_id", "channel", "provider", *Attempt._fields], rows)
        .on_conflict_do_nothing()
    )


_FINISH = Prepared(_finish())
_POSTPONE = Prepared(_postpone())
_GIVE_BACK = Prepared(_give_back())
_RECORD = Prepared(_record())
