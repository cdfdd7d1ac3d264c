"""All checks, one after the other."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import asyncpg

from config import Settings
from doctor import access, activity, clocks, configuration, events, parameters, queue, redis_server, tables
from doctor.checks import Check, Finding, Level, problem, warning
from doctor.subject import Subject, opened
from errors import Unavailable

CHECKS: Sequence[Check] = (
    *configuration.CONFIGURATION,
    *access.ACCESS,
    *tables.TABLES,
    *parameters.PARAMETERS,
    *activity.ACTIVITY,
    *clocks.CLOCKS,
    *redis_server.REDIS,
    *queue.QUEUE,
    *events.EVENTS,
)


class Result(NamedTuple):
    group: str
    name: str
    about: str
    seconds: float
    findings: list[Finding]

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), default=Level.OK)


async def examine(settings: Settings, tell: Callable[[Result], None]) -> list[Result]:
    """The results, each told as soon as it is there. `settings` name their servers."""
    try:
        async with opened(settings) as on:
            return [_told(await look(check, on), tell) for check in CHECKS]
    except (Unavailable, asyncpg.PostgresError) as error:
        finding = problem(f"The database does not open: {error}", "See that DATABASE_URL is right and PostgreSQL runs.")
        return [_told(Result("access", "database", "The database opens.", 0.0, [finding]), tell)]


async def look(check: Check, on: Subject) -> Result:
    began = time.perf_counter()
    try:
        findings = [finding async for finding in check.look(on)]
    except asyncpg.PostgresError as error:
        # One that cannot look must not keep the others from looking.
        findings = [
            warning(f"This could not be looked at. PostgreSQL says: {error}", "Grant what is missing, and look again.")
        ]
    return Result(check.group, check.name, check.about, time.perf_counter() - began, findings)


def worst(results: Iterable[Result]) -> Level:
    return max((result.level for result in results), default=Level.OK)


def _told(result: Result, tell: Callable[[Result], None]) -> Result:
    tell(result)
    return result
