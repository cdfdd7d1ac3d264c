"""What waits for a channel that is of no use now goes to the next one, where it has one. That is no attempt."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Interval, Text, bindparam, func, or_, select, update

from db.reminder_tables import QueuedReminder, Reminder
from db.scope import Scope
from db.statements import TENANT, Prepared

PATIENCE = timedelta(minutes=1)
"""How long a reminder waits first: most outages are shorter, and a patient's first channel is the first for a reason."""
MOST = 5_000
"""Reminders in one transaction."""


async def hand_on(scope: Scope, channel: str, patience: timedelta = PATIENCE) -> int:
    """How many of the tenant went on, of those that are overdue by `patience` and that nobody holds; up to MOST."""
    return await scope.run(_HAND_ON, channel=channel, patience=patience, most=MOST)


def _hand_on() -> Any:
    queue, channel = QueuedReminder, bindparam("channel", type_=Text())
    following = Reminder.channels[func.array_position(Reminder.channels, channel) + 1]
    overdue = (
        select(queue.reminder_id, following.label("channel"))
        .join(Reminder, (Reminder.tenant_id == TENANT) & (Reminder.id == queue.reminder_id))
        .where(
            queue.tenant_id == TENANT,
            queue.channel == channel,
            queue.next_attempt_at <= func.now() - bindparam("patience", type_=Interval()),
            or_(queue.leased_until.is_(None), queue.leased_until < func.now()),
            following.is_not(None),
        )
        # In the order of their ids, as settling and cancelling take them.
        .order_by(queue.reminder_id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(of=queue, skip_locked=True)
        .cte("overdue")
    )
    return (
        update(queue)
        .where(queue.tenant_id == TENANT, queue.reminder_id == overdue.c.reminder_id)
        .values(channel=overdue.c.channel, next_attempt_at=func.now())
    )


_HAND_ON = Prepared(_hand_on())
