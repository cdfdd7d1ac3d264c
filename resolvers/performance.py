"""What daily statistics cost by four ways, side by side on the same data: for developers, who can see it for themselves."""

import time
from collections.abc import Awaitable
from datetime import date
from statistics import median
from typing import Annotated, NamedTuple
from uuid import UUID

import strawberry

from db.calendar import Days
from errors import Forbidden, Invalid
from loaders.daily_stats import DailyStats, Figures
from loaders.daily_stats_otherwise import by_aggregate, in_python
from loaders.figures import Figures as Reader
from resolvers.context import Context, Info
from resolvers.daily import Day, Facilities, chosen
from resolvers.enums import Way

MOST_ROUNDS = 20


Rounds = Annotated[int, strawberry.argument(description="How often each is measured, in turns; up to 20.")]
Ways = Annotated[list[Way] | None, strawberry.argument(description="Which; all if not given.")]


class Measurement(NamedTuple):
    way: Way
    milliseconds: float
    less_time: float | None
    stats: Figures


async def daily(context: Context, way: Way, day: date, facilities: tuple[UUID, ...] | None) -> Figures:
    """The same figures, by one of the ways, in a read scope of their own."""
    try:
        if way is Way.ORIGINAL:
            return await in_python(context.scope, day, facilities)
        if way is Way.AGGREGATE:
            return await by_aggregate(context.scope, day, facilities)
        reader = context.loaders.figures if way is Way.CACHED else Reader(context.scope, None, [])
        [figures] = await DailyStats(Days(day, day), facilities).read(reader)
        return figures
    finally:
        await context.close()


async def performance_test(
    info: Info, date: Day, facility_ids: Facilities = None, ways: Ways = None, rounds: Rounds = 3
) -> list[Measurement]:
    """Measures `dailyStats` against other ways to the same figures. In development only, and nothing for a busy server.

    ORIGINAL fetches every note of the tenant; with 100,000 of them it takes seconds.
    """
    context = info.context
    if context.settings.environment != "development":
        raise Forbidden("Performance is tested in development: this server runs with ENVIRONMENT=production.")
    if not 1 <= rounds <= MOST_ROUNDS:
        raise Invalid(f"`rounds` is a number from 1 to {MOST_ROUNDS}; this is {rounds}.", ["rounds"])
    facilities, asked = chosen(facility_ids), list(dict.fromkeys(Way if ways is None else ways))
    taken: dict[Way, list[float]] = {way: [] for way in asked}
    found: dict[Way, Figures] = {}
    for _ in range(rounds):
        for way in asked:
            seconds, found[way] = await timed(daily(context, way, date, facilities))
            taken[way].append(seconds)
    milliseconds = {way: median(seconds) * 1000 for way, seconds in taken.items()}
    original = milliseconds.get(Way.ORIGINAL)
    return [
        Measurement(way, took, None if original is None else 100 * (1 - took / original), found[way])
        for way, took in milliseconds.items()
    ]


async def timed(work: Awaitable[Figures]) -> tuple[float, Figures]:
    """Seconds, and what came of it."""
    began = time.perf_counter()
    figures = await work
    return time.perf_counter() - began, figures
