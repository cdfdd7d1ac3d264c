"""Reminders as clients see them: the record and, while they wait, their place in the queue, read as one row."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import Text, and_, case, func, literal_column, select
from sqlalchemy.orm import Mapped

from db.reminder_tables import QueuedReminder, Reminder
from db.statements import TENANT
from db.tables import Identified

SENDING = "SENDING"
"""What a SCHEDULED reminder is while a dispatcher is at it: a lease that has not run out, and no stored state."""


def _joined() -> Any:
    record, place = Reminder.__table__, QueuedReminder.__table__
    told = {"status", "channel", "attempt_count"}
    return (
        select(
            *(column for column in record.c if column.name not in told),
            record.c.status.label("stored_status"),
            case(
                (place.c.leased_until >= func.now(), literal_column(f"'{SENDING}'", Text())), else_=record.c.status
            ).label("status"),
            func.coalesce(place.c.channel, record.c.channel).label("channel"),
            func.coalesce(place.c.attempt_count, record.c.attempt_count).label("attempt_count"),
            place.c.next_attempt_at,
            place.c.leased_until,
        )
        # Where nothing of the queue is asked for, PostgreSQL leaves the join out.
        .join_from(record, place, and_(place.c.tenant_id == TENANT, place.c.reminder_id == record.c.id), isouter=True)
        .where(record.c.tenant_id == TENANT)
        .subquery("reminder_states")
    )


class ReminderState(Identified):
    """To read from alone. `stored_status` has no SENDING; `channel` is the one that it goes by next, or that settled it."""

    typename: ClassVar[str] = "Reminder"
    __table__ = _joined()

    if TYPE_CHECKING:
        patient_id: Mapped[UUID]
        # Any: they can be null.
        appointment_id: Mapped[Any]
        rule_id: Mapped[Any]
        template_id: Mapped[Any]
        due_at: Mapped[datetime]
        priority: Mapped[str]
        status: Mapped[str]
        stored_status: Mapped[str]
        status_reason: Mapped[Any]
        leased_until: Mapped[Any]
