"""Clocks: tokens expire by this machine's, reminders are due by the database's."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from doctor.checks import Finding, Group, problem, warning
from doctor.subject import Subject

CLOCKS = Group("clocks")

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


def apart(whose: str, theirs: datetime, before: datetime, after: datetime, limit: float) -> list[Finding]:
    """How far a clock is from ours, which was read before and after it: in between, the two agree."""
    ahead = (theirs - after).total_seconds() if theirs > after else min(0.0, (theirs - before).total_seconds())
    if abs(ahead) < limit:
        return []
    what = f"{whose} is {abs(ahead):,.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's."
    return [problem(what, _ADVICE) if abs(ahead) >= 30 * limit else warning(what, _ADVICE)]
