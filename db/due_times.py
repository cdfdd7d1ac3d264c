"""When a reminder falls due: a rule's offset from the start of an appointment, elapsed or by the patient's clock.

Two text forms, both read "this long before the start":

- `PT2H`, `PT1H30M`, `PT48H`: elapsed time, an ISO 8601 duration of hours and minutes. It has no days, because a day is
  not always 24 hours.
- `P1D@18:00`: the day before at 18:00, by the clock of the patient's zone; `P0D@08:00` is the day itself.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from db.wall_clock import instant_when, parse_time, shown_by
from errors import Invalid

LONGEST = timedelta(days=366)
"""How long before the start a reminder may fall due: a year, for what is booked a year ahead."""

_ELAPSED = re.compile(r"PT(?=\d)(?:(\d{1,4})H)?(?:(\d{1,6})M)?", re.ASCII)
_WALL_CLOCK = re.compile(r"P(\d{1,3})D@(.{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """By the stopwatch: the same length whatever the clocks do meanwhile."""

    before: timedelta

    def __str__(self) -> str:
        hours, minutes = divmod(self.before // timedelta(minutes=1), 60)
        return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")


@dataclass(frozen=True, slots=True)
class WallClock:
    """By the wall: so many days before the day on which the appointment starts there, at this time."""

    days: int
    at: time

    def __str__(self) -> str:
        return f"P{self.days}D@{self.at:%H:%M}"


Offset: TypeAlias = Elapsed | WallClock


@lru_cache(1024)
def parse_offset(text: str) -> Offset:
    """Raises Invalid for what is neither text form, or reaches further back than LONGEST. `str` gives the form back."""
    if found := _WALL_CLOCK.fullmatch(text):
        days, at = int(found[1]), parse_time(found[2])
        if days > LONGEST.days:
            raise Invalid(f"An offset is {LONGEST.days} days at most.")
        return WallClock(days, at)
    if not (found := _ELAPSED.fullmatch(text)):
        raise Invalid(_hint(text))
    before = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    if not timedelta(0) < before <= LONGEST:
        raise Invalid(f"An elapsed offset is PT1M to PT{LONGEST // timedelta(hours=1)}H.")
    return Elapsed(before)


def _hint(text: str) -> str:
    if re.fullmatch(r"P\d+[DW](T\d+[HM].*)?", text, re.ASCII):
        return "A day is not always 24 hours: write PT24H for elapsed time, or P1D@18:00 for the day before at 18:00."
    return (
        "An offset is elapsed time before the start, such as PT2H, or a time of the patient's clock, such as P1D@18:00."
    )


def due_at(offset: Offset, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """In UTC. `zone` is the patient's; `starts_at` has any offset.

    It may be later than the start: at 18:00 on the day of an appointment at 9. Such a reminder is not for sending.
    """
    # Python subtracts by the wall between two times of one zone, and by the stopwatch only in UTC.
    starts_at = starts_at.astimezone(UTC)
    if isinstance(offset, Elapsed):
        return starts_at - offset.before
    return instant_when(shown_by(zone, starts_at).date() - timedelta(days=offset.days), offset.at, zone)
