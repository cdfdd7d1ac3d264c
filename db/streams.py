"""Each tenant's stream of events: positions given to what waits in the outbox, read from, and shortened.

The SQL that gives positions is in the migration 0005. A position is given under the tenant's lock to what is committed, so
whoever has read up to a position has missed nothing before it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, Interval, Uuid, bindparam, func, select

from db.event_tables import EventStream, StreamEvent
from db.scope import Scope
from db.statements import TENANT, Prepared


class Waiting(NamedTuple):
    """A tenant with events that have no position yet."""

    tenant_id: UUID
    events: int
    waited: timedelta
    """The oldest of them."""


class Newest(NamedTuple):
    tenant_id: UUID
    position: int


_MOST = bindparam("most", type_=Integer())
_AFTER = bindparam("after", type_=BigInteger())
_KEPT = bindparam("kept", type_=Interval())

_RELAY = Prepared(
    select(func.relay_events(TENANT, _MOST).table_valued(*StreamEvent.__table__.columns.keys(), name="relayed"))
)
_SINCE = Prepared(
    select(StreamEvent.__table__)
    .where(StreamEvent.tenant_id == TENANT, StreamEvent.position > _AFTER)
    .order_by(StreamEvent.position)
    .limit(_MOST)
)
_NEWEST = Prepared(select(EventStream.position).where(EventStream.tenant_id == TENANT))
_PRUNE = Prepared(select(func.prune_events(TENANT, _KEPT, _MOST)))
_OUTBOX = func.waiting_events().table_valued("tenant_id", "events", "oldest", name="waiting")
_WAITING = Prepared(select(_OUTBOX.c.tenant_id, _OUTBOX.c.events, func.clock_timestamp() - _OUTBOX.c.oldest))
_POSITIONS = Prepared(
    select(
        *func.newest_events(bindparam("tenants", type_=ARRAY(Uuid()))).table_valued(*Newest._fields, name="newest").c
    )
)
_AGED = Prepared(select(func.streams_older_than(_KEPT)))


async def relay(scope: Scope, most: int) -> Sequence[StreamEvent]:
    """Gives the oldest of what waits its position, and returns that, in order. Less than `most`: nothing else waited."""
    return await scope.rows(_RELAY, StreamEvent, most=most)


async def since(scope: Scope, position: int, most: int) -> Sequence[StreamEvent]:
    """The events after a position, in order, of those that are kept."""
    return await scope.rows(_SINCE, StreamEvent, after=position, most=most)


async def newest(scope: Scope) -> int:
    """The last position that was given; 0 before the first."""
    return await scope.value(_NEWEST) or 0


async def prune(scope: Scope, kept: timedelta, most: int) -> int | None:
    """Removes up to so many of the oldest events, if they are older; the position of the oldest that is kept, if any is."""
    return cast(int | None, await scope.value(_PRUNE, kept=kept, most=most))


async def waiting(scope: Scope) -> list[Waiting]:
    """Of active tenants. The scope is one across tenants, as it is for the two below."""
    return [Waiting(*row) for row in await scope.rows(_WAITING, Waiting)]


async def positions(scope: Scope, tenants: Sequence[UUID]) -> list[Newest]:
    """The last position of each of these that has had an event."""
    return [Newest(*row) for row in await scope.rows(_POSITIONS, Newest, tenants=tenants)]


async def aged(scope: Scope, kept: timedelta) -> list[UUID]:
    """The active tenants whose oldest event is older."""
    return [row[0] for row in await scope.rows(_AGED, tuple[UUID], kept=kept)]
