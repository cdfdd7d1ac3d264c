"""When notes are written: by the clock on the facility's wall, whatever the season does to it."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from db.vocabulary import Shift, shift_of

QUARTER = timedelta(minutes=15)
"""Every clock in use is off UTC by whole quarters of an hour, and changes at one."""

# How much is written in each hour of the local day: rounds in the morning, handovers at 7, 15 and 23.
_HOURS = (2, 2, 2, 2, 2, 3, 6, 9, 10, 9, 8, 7, 6, 7, 9, 8, 7, 6, 6, 6, 5, 4, 5, 4)
_WEEKDAYS = (1.1, 1.05, 1.05, 1.0, 1.05, 0.7, 0.65)


class Slot(NamedTuple):
    """A quarter of an hour, the shift it belongs to, and how much is written in it."""

    start: datetime
    shift: Shift
    weight: float


def weight_of(day: datetime) -> float:
    return _WEEKDAYS[day.weekday()]


def slots(begin: datetime, zone: ZoneInfo) -> list[Slot]:
    """The 96 quarters that begin there, as a clock in that zone sees them."""
    starts = [begin + QUARTER * number for number in range(96)]
    return [_slot(start, start.astimezone(zone)) for start in starts]


def _slot(start: datetime, local: datetime) -> Slot:
    return Slot(start, shift_of(local.hour), _HOURS[local.hour] * _WEEKDAYS[local.weekday()])
