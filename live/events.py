"""An event as its followers get it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class Event(NamedTuple):
    """Something that happened to a row of a tenant. Nothing in it is clinical: what a follower may see of the row is loaded."""

    position: int
    at: datetime
    kind: str
    type: str
    id: UUID
    facility_id: UUID | None
    patient_id: UUID | None
    payload: Mapping[str, Any]
