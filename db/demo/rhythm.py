"""When notes are written: by the clock on the facility's wall, whatever the season does to it."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from db.vocabulary import Shift, shift_of

QUARTER = timedelta(minutes=15)
"""Every clock in use is off UTC by whole quarters of an hour, and changes at one."""

# How much is written in each hour of the local day: rounds in the morning, handovers at 7, 15 and 23.
HOURS = (2, 2, 2, 2, 2, 3, 6, 9, 10, 9, 8, 7, 6, 7, 9, 8, 7, 6, 6, 6, 5, 4, 5, 4)
WEEKDAYS = (1.1, 1.05, 1.05, 1.0, 1.05, 0.7, 0.65)


class Slot(NamedTuple):
    """The shift that a quarter of an hour belongs to, and how much is written in it."""

    shift: Shift
    weight: float


_WEEK = [Slot(shift_of(hour), HOURS[hour] * weight) for weight in WEEKDAYS for hour in range(24) for _ in range(4)]
_STEPS = [QUARTER * number for number in range(96)]


def weight_of(day: datetime) -> float:
    return WEEKDAYS[day.weekday()]


def slots(begin: datetime, zone: ZoneInfo) -> list[Slot]:
    """The 96 quarters that begin there, as a clock in that zone sees them."""
    first, last = begin.astimezone(zone), (begin + _STEPS[-1]).astimezone(zone)
    if first.utcoffset() == last.utcoffset():
        # No clock is changed, as on all but two days of a year: the day is a piece of the week.
        return (_WEEK + _WEEK)[_quarter_of_week(first) :][:96]
    return [_WEEK[_quarter_of_week((begin + step).astimezone(zone))] for step in _STEPS]


def _quarter_of_week(local: datetime) -> int:
    return (local.weekday() * 24 + local.hour) * 4 + local.minute // 15
