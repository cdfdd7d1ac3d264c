"""An event as its followers get it, and its forms in the database and in a stream of Redis."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from db.event_tables import StreamEvent


class Event(NamedTuple):
    """Something that happened to a row of a tenant. Nothing in it is clinical: what a follower may see of the row is loaded."""

    position: int
    """In the tenant's stream: 1, 2, 3 and so on, without a gap."""
    at: datetime
    """When it was written, in UTC. Positions are given at commit, so of two neighbours the first may be the younger."""
    kind: str
    """One of the kinds of its type: see `db.event_kinds`."""
    type: str
    """`Note`, `Patient`, `Facility`, `Appointment` or `Reminder`."""
    id: UUID
    facility_id: UUID | None
    """None for a reminder without an appointment."""
    patient_id: UUID | None
    """None for facilities."""
    payload: Mapping[str, Any]
    """What filters ask for, as it was then: see `db.outbox`. Ids are text. `left_facility_id`: where the row was before."""


def from_row(row: StreamEvent) -> Event:
    return Event(
        *(row.position, row.at, row.kind, row.type, row.entity_id, row.facility_id, row.patient_id),
        orjson.loads(row.payload),
    )


def packed(row: StreamEvent) -> bytes:
    """For Redis; the position is not in it, since it is the entry's id."""
    values = [row.at, row.kind, row.type, row.entity_id, row.facility_id, row.patient_id, orjson.Fragment(row.payload)]
    # default: the driver's UUIDs are of a class of its own.
    return orjson.dumps(values, default=str)


def unpacked(position: int, text: bytes) -> Event:
    at, kind, type_, entity, facility, patient, payload = orjson.loads(text)
    return Event(
        position,
        datetime.fromisoformat(at),
        kind,
        type_,
        UUID(entity),
        facility and UUID(facility),
        patient and UUID(patient),
        payload,
    )
