"""When notes are written: by the clock on the facility's wall, whatever the season does to it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from db.vocabulary import Shift

QUARTER = timedelta(minutes=15)
"""Every clock in use is off UTC by whole quarters of an hour, and changes at one."""

# How much is written in each hour of the local day: rounds in the morning, handovers at 7, 15 and 23.
_HOURS = (2, 2, 2, 2, 2, 3, 6, 9, 10, 9, 8, 7, 6, 7, 9, 8, 7, 6, 6, 6, 5, 4, 5, 4)
_SHIFTS = tuple(
    Shift.DAY if 7 <= hour < 15 else Shift.EVENING if 15 <= hour < 23 else Shift.NIGHT for hour in range(24)
)
_WEEKDAYS = (1.1, 1.05, 1.05, 1.0, 1.05, 0.7, 0.65)


class Slot(NamedTuple):
    """A quarter of an hour, the shift it belongs to, and how much is written in it."""

    start: datetime
    shift: Shift
    weight: float


def weight_of(day: date) -> float:
    return _WEEKDAYS[day.weekday()]


def slots(day: date, zone: ZoneInfo) -> list[Slot]:
    """The 96 quarters of a day in UTC, as a clock in that zone sees them."""
    midnight = datetime.combine(day, time(), UTC)
    starts = [midnight + QUARTER * number for number in range(96)]
    return [_slot(start, start.astimezone(zone)) for start in starts]


def _slot(start: datetime, local: datetime) -> Slot:
    return Slot(start, _SHIFTS[local.hour], _HOURS[local.hour] * _WEEKDAYS[local.weekday()])
