"""What a template may speak of: a closed list, and nothing clinical in it.

There is no type of service either, nor a practitioner's role: on a locked screen, they tell what somebody is treated for.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import TypeAlias, get_type_hints
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPatient:
    """Of any reminder."""

    patient_name: str
    facility_name: str
    tenant_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAppointment(OfPatient):
    """Of a reminder of an appointment."""

    practitioner_name: str
    starts_at: datetime
    ends_at: datetime
    days_until: int


Values: TypeAlias = OfPatient | OfAppointment


def days_until(starts_at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Midnights between now and then, by the zone's clock: 0 is today and 1 tomorrow."""
    return starts_at.astimezone(zone).toordinal() - now.astimezone(zone).toordinal()


class Kind(Enum):
    """What an expression is; the value says it in messages."""

    TEXT = "text"
    NUMBER = "a number"
    INSTANT = "an instant"
    CONDITION = "a condition"


Variables: TypeAlias = tuple[tuple[str, Kind], ...]
"""Name and kind, in the order of their declaration. A tuple, so that templates can be kept by it."""

_KINDS = {str: Kind.TEXT, int: Kind.NUMBER, datetime: Kind.INSTANT}


def _declared(about: type[Values]) -> Variables:
    hints = get_type_hints(about)
    return tuple((field.name, _KINDS[hints[field.name]]) for field in fields(about))


VARIABLES: dict[type[Values], Variables] = {about: _declared(about) for about in (OfPatient, OfAppointment)}
