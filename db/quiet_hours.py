"""When a patient is not to be disturbed: hours of the week by their own clock, and what those do to a reminder."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from db.wall_clock import change_of_clock, shown_by
from errors import Invalid

MOST_WINDOWS = 28
"""Of a week: four for each day."""

_DAY = timedelta(days=1)
_MINUTES_OF_DAY = 24 * 60
_MINUTES_OF_WEEK = 7 * _MINUTES_OF_DAY
_MIDNIGHT = time()


class Window(NamedTuple):
    """From `start` up to, and without, `end`: on the next day where that is not after the start. 00:00 to 00:00 is all day.

    The weekday is ISO 8601's, 1 for Monday, and that of the start: Friday's 22:00 to 07:00 ends on Saturday.
    """

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The windows of a week as one: `bounds` are minutes from Monday 00:00, in turn where quiet begins and where it ends."""

    bounds: tuple[int, ...]

    @property
    def always(self) -> bool:
        return self.bounds == (0, _MINUTES_OF_WEEK)

    def rest(self, shown: datetime) -> timedelta:
        """How long the clock has to go on from what it shows until quiet ends; nothing if it is not quiet. A day at most."""
        minute = (shown.weekday() * 24 + shown.hour) * 60 + shown.minute
        place = bisect_right(self.bounds, minute)
        if place % 2 == 0:
            return timedelta(0)
        into_the_minute = timedelta(seconds=shown.second, microseconds=shown.microsecond)
        return min(timedelta(minutes=self.bounds[place] - minute) - into_the_minute, _DAY)


@lru_cache(4096)
def quiet_hours(windows: tuple[Window, ...]) -> QuietHours:
    """Raises Invalid for a window that is none, and for too many."""
    if len(windows) > MOST_WINDOWS:
        raise Invalid(f"Quiet hours are {MOST_WINDOWS} windows of a week at most.")
    bounds: list[int] = []
    for start, end in sorted(span for window in windows for span in _spans(window)):
        if bounds and start <= bounds[-1]:
            bounds[-1] = max(bounds[-1], end)
        else:
            bounds += start, end
    return QuietHours(tuple(bounds))


def _spans(window: Window) -> Sequence[tuple[int, int]]:
    """In minutes of the week; two where it runs from Sunday into Monday."""
    weekday, start, end = window
    if not 1 <= weekday <= 7:
        raise Invalid("A weekday is 1 for Monday to 7 for Sunday.")
    if any(bound != bound.replace(second=0, microsecond=0, tzinfo=None) for bound in (start, end)):
        raise Invalid("Quiet hours begin and end at whole minutes of the patient's clock.")
    if start == end != _MIDNIGHT:
        raise Invalid("Quiet hours do not end when they begin; all day is 00:00 to 00:00.")
    begins = (weekday - 1) * _MINUTES_OF_DAY + start.hour * 60 + start.minute
    length = (end.hour - start.hour) * 60 + end.minute - start.minute
    ends = begins + length + (_MINUTES_OF_DAY if length <= 0 else 0)
    if ends <= _MINUTES_OF_WEEK:
        return [(begins, ends)]
    return [(begins, _MINUTES_OF_WEEK), (0, ends - _MINUTES_OF_WEEK)]


def defer(instant: datetime, quiet: QuietHours, zone: ZoneInfo, not_after: datetime) -> datetime | None:
    """The first instant from this one on that is not quiet by the zone's clock, in UTC; None if that is after `not_after`."""
    instant = instant.astimezone(UTC)
    if quiet.always:
        return None
    while instant <= not_after and (rest := quiet.rest(shown := shown_by(zone, instant))):
        later = instant + rest
        if shown_by(zone, later) - shown != rest:
            # The clock is changed meanwhile, so it may have left the quiet hours, or be back before them.
            later = change_of_clock(instant, later, zone)
        instant = later
    return instant if instant <= not_after else None
