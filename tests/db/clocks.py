"""Zones and the instants at which their clocks are changed: where times go wrong."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

CHANGES = {
    "Europe/Berlin": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],  # by half an hour
    "Antarctica/Troll": ["2026-03-29T01:00", "2026-10-25T01:00"],  # by two hours
    "Pacific/Apia": ["2011-12-30T10:00"],  # by a day
    "Pacific/Kwajalein": ["1993-08-21T12:00"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],  # for Ramadan
    "America/Sao_Paulo": ["2018-02-18T02:00", "2018-11-04T03:00"],  # at midnight
    "America/Havana": ["2026-03-08T05:00", "2026-11-01T05:00"],
    "Asia/Beirut": ["2026-03-28T22:00", "2026-10-24T21:00"],
    "Asia/Pyongyang": ["2015-08-14T15:00", "2018-05-04T15:00"],  # for good
    "America/Caracas": ["2007-12-09T07:00", "2016-05-01T07:00"],
    "Europe/Istanbul": ["2016-03-27T01:00"],
    "Asia/Kathmandu": ["2026-01-01T00:00"],  # never, at +05:45
    "UTC": ["2024-02-29T00:00", "2026-12-31T23:00"],
}

ZONES = st.sampled_from(sorted(CHANGES)).map(ZoneInfo)
MINUTES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def near_a_change(zone: ZoneInfo, within: timedelta) -> st.SearchStrategy[datetime]:
    """Instants about one of the zone's changes, or about a leap day; in UTC, to the minute."""
    minutes = int(within / timedelta(minutes=1))
    return st.builds(
        lambda change, offset: datetime.fromisoformat(change).replace(tzinfo=UTC) + timedelta(minutes=offset),
        st.sampled_from([*CHANGES[zone.key], "2024-02-29T12:00"]),
        st.integers(-minutes, minutes),
    )


def at(text: str) -> datetime:
    """An instant, written with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)
