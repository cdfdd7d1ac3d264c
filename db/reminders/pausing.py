"""Stops and starts the reminders of a tenant, by channel. What is in the queue stays, and expires if that takes long."""

from collections.abc import Sequence

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from db.reminder_tables import DeliveryPause
from db.scope import Scope
from db.vocabulary import Channel


async def pause(scope: Scope, channels: Sequence[Channel], by: str) -> int:
    """How many of these were not paused before. A batch that was claimed by then is still sent."""
    rows = [
        {"tenant_id": scope.tenant_id, "channel": channel, "paused_at": func.now(), "paused_by": by}
        for channel in channels
    ]
    return await scope.run(insert(DeliveryPause).values(rows).on_conflict_do_nothing())


async def resume(scope: Scope, channels: Sequence[Channel]) -> int:
    """How many of these were paused before."""
    return await scope.run(
        delete(DeliveryPause).where(DeliveryPause.tenant_id == scope.tenant_id, DeliveryPause.channel.in_(channels))
    )
