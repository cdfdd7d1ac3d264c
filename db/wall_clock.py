"""Between instants and what a clock on the wall shows: across the hours that a zone skips, and those it has twice."""

import re
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from errors import Invalid

_SECOND = timedelta(seconds=1)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def parse_time(text: str) -> time:
    """Hours and minutes of a day, 00:00 to 23:59. Raises Invalid."""
    if not (found := _TIME.fullmatch(text)):
        raise Invalid("A time of day is hours and minutes from 00:00 to 23:59, such as 18:00.")
    return time(int(found[1]), int(found[2]))


def instant_when(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clock shows this day and time, or later ones; in UTC.

    So a time that the clock skips is the end of the gap, and of a time that it shows twice, the first is meant.
    """
    # RFC 5545 (section 3.3.5) would move a skipped time by the length of the gap, 02:30 to 03:30. After a skipped day
    # (Apia, 30 December 2011) that is a day late, when the appointment may be over: so what fell due in a gap is due now.
    shown = datetime.combine(day, at)
    instant = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if shown_by(zone, instant) == shown:
        return instant
    return change_of_clock(shown.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def shown_by(zone: ZoneInfo, instant: datetime) -> datetime:
    """What the zone's clock shows: without an offset."""
    return instant.astimezone(zone).replace(tzinfo=None)


def change_of_clock(since: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """The instant after `since` from which the zone has the offset that it has at `until`; it changes once between."""
    since = since.replace(microsecond=0)
    offset = until.astimezone(zone).utcoffset()
    seconds = range(1, (until - since) // _SECOND)
    before = bisect_left(seconds, True, key=lambda n: (since + n * _SECOND).astimezone(zone).utcoffset() == offset)
    return since + (before + 1) * _SECOND
