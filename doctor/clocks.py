"""Clocks: tokens expire by this machine's, reminders are due by the database's."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from redis.exceptions import RedisError

from doctor.checks import Finding, Group, note, problem, warning
from doctor.subject import Subject

CLOCKS = Group("clocks")

_IN_USE = """
SELECT time_zone AS name FROM tenants UNION SELECT time_zone FROM facilities
UNION SELECT time_zone FROM patients ORDER BY 1
"""
_KNOWN = "SELECT name FROM pg_timezone_names WHERE name = ANY($1)"
_LOCAL = """
SELECT name, instant, timezone(name, instant) AS local
FROM unnest($1::text[]) name CROSS JOIN unnest($2::timestamptz[]) instant
"""
_ZONES = "Bring the time zone data of both up to date (tzdata): days and reminders are of these zones' clocks."
_ADVICE = "Synchronise both machines (chrony, systemd-timesyncd, or the host's own service)."


@CLOCKS.check
async def database_clock(on: Subject) -> AsyncIterator[Finding]:
    """The database's clock and this machine's agree."""
    before = on.now()
    theirs = await on.app.fetchval("SELECT clock_timestamp()")
    for finding in apart("The database's clock", theirs, before, on.now(), on.limits.clock):
        yield finding


@CLOCKS.check
async def redis_clock(on: Subject) -> AsyncIterator[Finding]:
    """The clock of Redis and this machine's agree."""
    before = on.now()
    try:
        seconds, micros = await on.redis.time()
    except (RedisError, OSError):
        return  # `redis: reachable` says so
    theirs = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)
    for finding in apart("The clock of Redis", theirs, before, on.now(), on.limits.clock):
        yield finding


@CLOCKS.check
async def time_zones(on: Subject) -> AsyncIterator[Finding]:
    """The zones that tenants use are known to the database and to this machine, and their clocks agree for a year."""
    if on.owner is None:
        yield note("Not looked at: this takes MIGRATION_DATABASE_URL, for the owner sees all tenants.")
        return
    names: list[str] = [row.name for row in await on.owner.fetch(_IN_USE)]
    known = {row.name for row in await on.owner.fetch(_KNOWN, names)}
    here = available_timezones()
    for whose, missing in (("The database", set(names) - known), ("This machine", set(names) - here)):
        if missing:
            yield problem(f"{whose} does not know the time zones {_listed(missing)}.", _ZONES)
    both = sorted(known & here)
    now = on.now().replace(microsecond=0)
    instants = [now + timedelta(days=7 * week) for week in range(53)]
    apart = {row.name for row in await on.owner.fetch(_LOCAL, both, instants) if row.local != _local(row)}
    if apart:
        yield problem(f"The database and this machine do not agree on the clocks of {_listed(apart)}.", _ZONES)


def _local(row: Any) -> datetime:
    """What a clock of the zone shows, by this machine's data."""
    instant: datetime = row.instant
    return instant.astimezone(ZoneInfo(row.name)).replace(tzinfo=None)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def apart(whose: str, theirs: datetime, before: datetime, after: datetime, limit: float) -> list[Finding]:
    """How far a clock is from ours, which was read before and after it: in between, the two agree."""
    ahead = (theirs - after).total_seconds() if theirs > after else min(0.0, (theirs - before).total_seconds())
    if abs(ahead) < limit:
        return []
    what = f"{whose} is {abs(ahead):,.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's."
    return [problem(what, _ADVICE) if abs(ahead) >= 30 * limit else warning(what, _ADVICE)]
