"""How many reminders are due and since when, of all tenants together."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from db.scope import Scope
from db.statements import Prepared


class Backlog(NamedTuple):
    """Of a channel and priority, those that are being sent included. A tenant counts up to 10,000 of each.

    `now` is the database's time, `oldest` None where nothing is due.
    """

    channel: str
    priority: str
    due: int
    oldest: datetime | None
    now: datetime


async def backlog(scope: Scope) -> Sequence[Backlog]:
    """Each channel and priority, also those of which nothing is due. The scope is one across tenants."""
    return await scope.rows(_BACKLOG, Backlog)


_BACKLOG = Prepared(
    select(
        *func.reminder_backlog().table_valued("channel", "priority", "due", "oldest", name="backlog").c,
        func.now().label("now"),
    )
)
