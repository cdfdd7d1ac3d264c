"""Scalars of our own, and stricter forms of the common ones."""

from datetime import UTC, date, datetime, time
from typing import NewType
from zoneinfo import available_timezones

import strawberry
from strawberry.types.scalar import ScalarDefinition

from db.due_times import parse_offset
from db.wall_clock import parse_time
from errors import Invalid

Cursor = NewType("Cursor", str)
Duration = NewType("Duration", str)
TimeZone = NewType("TimeZone", str)
Sha256 = NewType("Sha256", bytes)

# These two are not places: the first is whatever the server's own clock is set to.
_ZONES = frozenset(available_timezones() - {"localtime", "Factory"})


def parse_datetime(value: object) -> datetime:
    """Raises Invalid unless the value is an ISO 8601 instant with an offset, in the years 1900 to 9998."""
    try:
        parsed = datetime.fromisoformat(value)  # type: ignore[arg-type]  # what is no string raises TypeError
    except (ValueError, TypeError):
        raise Invalid("A DateTime is an ISO 8601 instant, such as 2026-03-29T02:30:00+01:00.") from None
    if parsed.tzinfo is None:
        raise Invalid("A DateTime needs an offset, such as Z or +01:00: without one it is no instant.")
    try:
        instant = parsed.astimezone(UTC)
    except OverflowError:
        instant = datetime.max.replace(tzinfo=UTC)
    # One year short of what datetime holds, so that no conversion between zones overflows.
    if not 1900 <= instant.year <= 9998:
        raise Invalid("A DateTime is in the years 1900 to 9998.")
    return instant


def parse_date(value: object) -> date:
    """Raises Invalid unless the value is an ISO 8601 calendar date, in the years 1850 to 9998."""
    try:
        parsed = date.fromisoformat(value)  # type: ignore[arg-type]  # what is no string raises TypeError
    except (ValueError, TypeError):
        raise Invalid("A Date is an ISO 8601 calendar date, such as 2026-03-29.") from None
    # Python also reads weeks, such as 2026-W13-7.
    if parsed.isoformat() != value:
        raise Invalid("A Date is an ISO 8601 calendar date, such as 2026-03-29.")
    if not 1850 <= parsed.year <= 9998:
        raise Invalid("A Date is in the years 1850 to 9998.")
    return parsed


def parse_cursor(value: object) -> Cursor:
    """Raises Invalid unless the value is a string. Whether it is a cursor of the list at hand, the list knows."""
    if not isinstance(value, str):
        raise Invalid("A Cursor is a string that a list gave out.")
    return Cursor(value)


def parse_time_zone(value: object) -> TimeZone:
    """Raises Invalid unless the value names a zone of the IANA time zone database."""
    if not isinstance(value, str) or value not in _ZONES:
        raise Invalid("A TimeZone is a name of the IANA time zone database, such as Europe/Berlin.")
    return TimeZone(value)


def parse_duration(value: object) -> Duration:
    """In its shortest form. Raises Invalid unless the value is an ISO 8601 duration of hours and minutes, of up to a year."""
    if not isinstance(value, str) or not value.startswith("PT"):
        raise Invalid("A Duration is hours and minutes as ISO 8601 has them, such as PT2H or PT1H30M.")
    return Duration(str(parse_offset(value)))


def parse_local_time(value: object) -> time:
    """Raises Invalid unless the value is hours and minutes of a day."""
    return parse_time(value if isinstance(value, str) else "")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: ISO 8601 with an offset. Answers are in UTC; arguments may have any offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=datetime.isoformat,
        parse_value=parse_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar date: ISO 8601, such as 2026-03-29. It has no time zone of its own.",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="A position in a list, opaque. It belongs to the order and the filter it was made with.",
        parse_value=parse_cursor,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description="A name of the IANA time zone database, such as `Europe/Berlin`.",
        parse_value=parse_time_zone,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="Elapsed time of a minute to a year: ISO 8601, in hours and minutes, such as PT2H. It has no days, because "
        "a day is not always 24 hours.",
        parse_value=parse_duration,
    ),
    time: strawberry.scalar(
        name="LocalTime",
        description="What a clock on the wall shows: hours and minutes from 00:00 to 23:59, without a zone.",
        serialize=lambda shown: f"{shown:%H:%M}",
        parse_value=parse_local_time,
    ),
    Sha256: strawberry.scalar(
        name="Sha256",
        description="A SHA-256 digest in hexadecimal.",
        serialize=bytes.hex,
        parse_value=bytes.fromhex,
    ),
}
