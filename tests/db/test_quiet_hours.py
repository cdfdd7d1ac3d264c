"""Quiet hours, against a clock that is watched minute by minute."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.quiet_hours import MOST_WINDOWS, Window, defer, quiet_hours
from errors import Invalid
from tests.db.clocks import CHANGES, MINUTES, ZONES, at, near_a_change

WINDOWS = st.builds(Window, st.integers(1, 7), MINUTES, MINUTES).filter(
    lambda window: window.start != window.end or window.start == time()
)
# Around the hours in which clocks are changed, so that windows begin, end and lie within gaps and folds.
SMALL_HOURS = st.builds(time, st.sampled_from([0, 1, 2, 3, 23]), st.sampled_from([0, 15, 30, 45]))
NIGHTLY = st.builds(
    lambda start, end: [Window(weekday, start, end) for weekday in range(1, 8)], SMALL_HOURS, SMALL_HOURS
).filter(lambda windows: windows[0].start != windows[0].end)
WEEKS = st.one_of(NIGHTLY, st.lists(WINDOWS, max_size=6))


def is_quiet(shown: datetime, windows: Sequence[Window]) -> bool:
    """Whether the windows of this day or of the day before have the time in them."""
    for weekday, start, end in windows:
        if shown.isoweekday() == weekday and start <= shown.time() and (shown.time() < end or end <= start):
            return True
        if shown.isoweekday() == weekday % 7 + 1 and end <= start and shown.time() < end:
            return True
    return False


def watched(instant: datetime, windows: Sequence[Window], zone: ZoneInfo, not_after: datetime) -> datetime | None:
    """Looks at the clock now, and then with every minute that begins."""
    while instant <= not_after:
        if not is_quiet(instant.astimezone(zone).replace(tzinfo=None), windows):
            return instant
        instant = instant.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return None


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), windows=WEEKS, seconds=st.integers(0, 59), hours=st.integers(0, 60))
def test_the_next_open_minute(name: str, data: st.DataObject, windows: list[Window], seconds: int, hours: int) -> None:
    zone = ZoneInfo(name)
    instant = data.draw(near_a_change(zone, timedelta(hours=30))) + timedelta(seconds=seconds, microseconds=seconds)
    not_after = instant + timedelta(hours=hours)
    deferred = defer(instant, quiet_hours(tuple(windows)), zone, not_after)
    assert deferred == watched(instant, windows, zone, not_after)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), zone=ZONES, windows=WEEKS)
def test_deferring_once_is_enough(data: st.DataObject, zone: ZoneInfo, windows: list[Window]) -> None:
    instant = data.draw(near_a_change(zone, timedelta(days=3)))
    end = instant + timedelta(days=30)
    deferred = defer(instant, quiet_hours(tuple(windows)), zone, end)
    assert deferred is None or defer(deferred, quiet_hours(tuple(windows)), zone, end) == deferred


def nightly(start: str, end: str) -> tuple[Window, ...]:
    return tuple(Window(weekday, time.fromisoformat(start), time.fromisoformat(end)) for weekday in range(1, 8))


FRIDAY_NIGHT = (Window(5, time(22), time(7)),)
WEEKEND = (Window(6, time(), time()), Window(7, time(), time()))
SUNDAY_NIGHT = (Window(7, time(22), time(7)),)


@pytest.mark.parametrize(
    ("windows", "instant", "open_at"),
    [
        ((), "2026-06-02T03:00+02:00", "2026-06-02T03:00+02:00"),
        (nightly("22:00", "07:00"), "2026-06-02T21:59:59+02:00", "2026-06-02T21:59:59+02:00"),
        (nightly("22:00", "07:00"), "2026-06-02T22:00+02:00", "2026-06-03T07:00+02:00"),
        (nightly("22:00", "07:00"), "2026-06-03T06:59:59+02:00", "2026-06-03T07:00+02:00"),
        (nightly("22:00", "07:00"), "2026-06-03T07:00+02:00", "2026-06-03T07:00+02:00"),
        (nightly("22:00", "07:00"), "2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),  # an hour shorter
        (nightly("22:00", "02:30"), "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),  # ends in the gap
        (nightly("02:30", "04:00"), "2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00"),  # open again: turned back
        (nightly("22:00", "02:30"), "2026-10-25T02:45+02:00", "2026-10-25T02:45+02:00"),
        (nightly("22:00", "02:30"), "2026-10-25T02:15+01:00", "2026-10-25T02:30+01:00"),  # quiet again
        (FRIDAY_NIGHT, "2026-06-06T06:00+02:00", "2026-06-06T07:00+02:00"),
        (FRIDAY_NIGHT, "2026-06-05T06:00+02:00", "2026-06-05T06:00+02:00"),
        (SUNDAY_NIGHT, "2026-06-08T06:00+02:00", "2026-06-08T07:00+02:00"),  # over the week's end
        (WEEKEND, "2026-06-05T23:59+02:00", "2026-06-05T23:59+02:00"),
        (WEEKEND, "2026-06-06T00:00+02:00", "2026-06-08T00:00+02:00"),
        (nightly("12:00", "11:59"), "2026-06-06T12:00+02:00", "2026-06-07T11:59+02:00"),  # one minute a day
    ],
)
def test_examples_of_berlin(windows: tuple[Window, ...], instant: str, open_at: str) -> None:
    end = at(instant) + timedelta(days=8)
    assert defer(at(instant), quiet_hours(windows), ZoneInfo("Europe/Berlin"), end) == at(open_at)


def test_an_open_minute_that_the_clock_skips_is_waited_for_until_the_week_after() -> None:
    """Open on Sundays from 02:15 to 02:45 alone, and on 29 March the clock goes from 02:00 to 03:00."""
    quiet = quiet_hours(
        (
            *(Window(day, time(), time()) for day in range(1, 7)),
            Window(7, time(2, 45), time()),
            Window(7, time(), time(2, 15)),
        )
    )
    monday = at("2026-03-23T09:00+01:00")
    berlin = ZoneInfo("Europe/Berlin")
    assert defer(monday, quiet, berlin, monday + timedelta(days=30)) == at("2026-04-05T02:15+02:00")


def test_what_is_always_quiet_is_never_open() -> None:
    always = quiet_hours(tuple(Window(day, time(), time()) for day in range(1, 8)))
    assert always.always
    assert defer(datetime.now(UTC), always, ZoneInfo("UTC"), datetime.max.replace(tzinfo=UTC)) is None


def test_not_after_is_the_last_instant_that_will_do() -> None:
    evening, open_at = at("2026-06-02T22:00Z"), at("2026-06-03T07:00Z")
    quiet, utc = quiet_hours(nightly("22:00", "07:00")), ZoneInfo("UTC")
    assert defer(evening, quiet, utc, open_at) == open_at
    assert defer(evening, quiet, utc, open_at - timedelta(seconds=1)) is None
    assert defer(open_at, quiet, utc, open_at - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("windows", "says"),
    [
        ((Window(0, time(1), time(2)),), "1 for Monday"),
        ((Window(8, time(1), time(2)),), "1 for Monday"),
        ((Window(1, time(22), time(22)),), "all day is 00:00 to 00:00"),
        ((Window(1, time(22, 0, 1), time(23)),), "whole minutes"),
        ((Window(1, time(22, tzinfo=UTC), time(23)),), "whole minutes"),
        ((Window(1, time(1), time(2)),) * (MOST_WINDOWS + 1), "28 windows"),
    ],
)
def test_what_are_no_quiet_hours(windows: tuple[Window, ...], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        quiet_hours(windows)
