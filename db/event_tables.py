"""The tables of events: those that wait for their position, and each tenant's stream of those that have one.

What a transaction writes is not in order: one with an earlier row may commit later. So an event gets its position once it is
committed, by a relay, one tenant at a time (docs/decisions/0020). None of these rows holds anything clinical.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.event_kinds import KINDS
from db.tables import Base, OfTenant, of_a_tenant, one_of


class _Happened(OfTenant):
    """Something that happened to a row of the tenant. `type` is the schema's; `payload` has what filters ask for."""

    __abstract__ = True

    kind: Mapped[str] = mapped_column(sort_order=1)
    type: Mapped[str] = mapped_column(sort_order=1)
    entity_id: Mapped[UUID] = mapped_column(sort_order=1)
    facility_id: Mapped[UUID | None] = mapped_column(sort_order=1)
    patient_id: Mapped[UUID | None] = mapped_column(sort_order=1)
    payload: Mapped[Any] = mapped_column(JSONB(), server_default=text("'{}'"), sort_order=1)


class OutboxEvent(_Happened):
    """Waits for its position. `at` is the clock when it was written, under the lock of the row that it is about: so two
    events of one row are in the order of its changes, which the beginning of a transaction would not give.

    No id of its own: to make a random one for each would double what settling a batch of reminders pays for its events.
    """

    __tablename__ = "outbox"
    __table_args__ = (one_of("kind", KINDS),)

    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.clock_timestamp())
    entity_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=1)
    kind: Mapped[str] = mapped_column(primary_key=True, sort_order=1)


class StreamEvent(_Happened):
    """Positions of a tenant are 1, 2, 3 and so on, without a gap: whoever misses one sees it."""

    __tablename__ = "events"

    position: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    at: Mapped[datetime]


class EventStream(Base):
    """The newest position of a tenant. Its row is the lock under which positions are given."""

    __tablename__ = "event_streams"
    __table_args__ = (of_a_tenant(),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger())
