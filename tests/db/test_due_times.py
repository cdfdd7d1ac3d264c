"""Due times, against a clock that is watched minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.due_times import LONGEST, Elapsed, WallClock, due_at, parse_offset
from db.wall_clock import instant_when
from errors import Invalid
from tests.db.clocks import CHANGES, MINUTES, ZONES, at, near_a_change

OFFSETS = st.one_of(
    st.builds(Elapsed, st.integers(1, LONGEST // timedelta(minutes=1)).map(lambda n: timedelta(minutes=n))),
    st.builds(WallClock, st.integers(0, LONGEST.days), MINUTES),
)


def watched(day: date, wanted: time, zone: ZoneInfo) -> datetime:
    """Looks at the clock every minute until it shows what is wanted, or more. No clock is 15 hours ahead of UTC."""
    instant = datetime.combine(day, wanted, UTC) - timedelta(hours=15)
    while instant.astimezone(zone).replace(tzinfo=None) < datetime.combine(day, wanted):
        instant += timedelta(minutes=1)
    return instant


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_first_instant_that_shows_it(name: str, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    shown = data.draw(near_a_change(zone, timedelta(hours=30))).astimezone(zone)
    # Not what this instant shows, but any time of that day: also one that the day does not have.
    wanted = data.draw(st.one_of(st.just(shown.time()), MINUTES))
    assert instant_when(shown.date(), wanted, zone) == watched(shown.date(), wanted, zone)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), zone=ZONES, days=st.integers(0, 3), wanted=MINUTES)
def test_days_are_counted_on_the_patients_calendar(
    data: st.DataObject, zone: ZoneInfo, days: int, wanted: time
) -> None:
    starts_at = data.draw(near_a_change(zone, timedelta(days=4)))
    day = date.fromordinal(starts_at.astimezone(zone).toordinal() - days)
    assert due_at(WallClock(days, wanted), starts_at, zone) == watched(day, wanted, zone)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), zone=ZONES, elsewhere=ZONES, minutes=st.integers(1, 5000))
def test_elapsed_time_is_the_same_on_every_clock(
    data: st.DataObject, zone: ZoneInfo, elsewhere: ZoneInfo, minutes: int
) -> None:
    starts_at = data.draw(near_a_change(zone, timedelta(days=4)))
    due = due_at(Elapsed(timedelta(minutes=minutes)), starts_at.astimezone(zone), elsewhere)
    assert starts_at.timestamp() - due.timestamp() == minutes * 60
    assert due.tzinfo is UTC


@pytest.mark.parametrize(
    ("offset", "starts_at", "zone", "due"),
    [
        ("P1D@18:00", "2026-03-30T09:00+02:00", "Europe/Berlin", "2026-03-29T18:00+02:00"),
        ("PT24H", "2026-03-29T09:00+02:00", "Europe/Berlin", "2026-03-28T08:00+01:00"),
        ("P1D@02:30", "2026-03-30T09:00+02:00", "Europe/Berlin", "2026-03-29T03:00+02:00"),  # in the gap
        ("P0D@02:30", "2026-10-25T09:00+01:00", "Europe/Berlin", "2026-10-25T02:30+02:00"),  # the first of two
        ("P0D@00:00", "2018-11-04T09:00-02:00", "America/Sao_Paulo", "2018-11-04T01:00-02:00"),  # no midnight
        ("P1D@18:00", "2011-12-31T09:00+14:00", "Pacific/Apia", "2011-12-31T00:00+14:00"),  # no day before
        ("P1D@18:00", "2024-03-01T09:00Z", "UTC", "2024-02-29T18:00Z"),
        ("P365D@09:00", "2025-02-28T12:00Z", "UTC", "2024-02-29T09:00Z"),
        ("P1D@18:00", "2026-06-02T00:30+02:00", "Europe/Berlin", "2026-06-01T18:00+02:00"),
        ("P1D@18:00", "2026-06-02T00:30+02:00", "America/New_York", "2026-05-31T18:00-04:00"),  # where the patient is
        ("P0D@18:00", "2026-06-02T09:00+02:00", "Europe/Berlin", "2026-06-02T18:00+02:00"),  # after the start
    ],
)
def test_examples(offset: str, starts_at: str, zone: str, due: str) -> None:
    assert due_at(parse_offset(offset), at(starts_at), ZoneInfo(zone)) == at(due)


@given(OFFSETS)
def test_an_offset_reads_as_it_is_written(offset: Elapsed | WallClock) -> None:
    assert parse_offset(str(offset)) == offset


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "PT2H"),
        ("2 hours", "PT2H"),
        ("pt2h", "PT2H"),
        ("PT", "PT2H"),
        ("-PT2H", "PT2H"),
        ("PT2H ", "PT2H"),
        ("PT\u0662H", "PT2H"),
        ("PT1.5H", "PT2H"),
        ("PT0H", "PT1M to PT8784H"),
        ("PT8784H1M", "PT1M to PT8784H"),
        ("P1D", "not always 24 hours"),
        ("P1W", "not always 24 hours"),
        ("P1DT2H", "not always 24 hours"),
        ("P367D@18:00", "366 days"),
        ("P1D@18", "00:00 to 23:59"),
        ("P1D@24:00", "00:00 to 23:59"),
        ("P1D@6pm", "00:00 to 23:59"),
        ("P1D@1\uff18:00", "00:00 to 23:59"),
    ],
)
def test_what_is_no_offset_says_what_would_be(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        parse_offset(text)
