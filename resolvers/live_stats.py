"""Daily statistics as a live query: what they are, and then each change."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from db.calendar import Days
from db.tables import Facility, Note
from errors import Invalid
from live.cancelling import stopped
from live.events import Event
from live.retrying import retried
from loaders.daily_stats import DailyStats, Figures
from resolvers.context import Context, Info
from resolvers.daily import Day, Facilities, chosen

FASTEST, SLOWEST = 0.1, 3600.0
"""Seconds that `maxEvery` may be."""

MaxEvery = Annotated[
    float, strawberry.argument(description=f"Seconds between two of them at least: {FASTEST} to {SLOWEST:.0f}.")
]


def daily_stats(
    info: Info, date: Day, facility_ids: Facilities = None, max_every: MaxEvery = 1.0
) -> AsyncGenerator[Figures, None]:
    """Figures of one day as they are now, and again whenever they have changed. The last change is always told."""
    if not FASTEST <= max_every <= SLOWEST:
        raise Invalid(f"`maxEvery` is {FASTEST} to {SLOWEST:.0f} seconds.", ["maxEvery"])
    return _figures(info.context, DailyStats(Days(date, date), chosen(facility_ids)), max_every)


async def _figures(context: Context, stats: DailyStats, max_every: float) -> AsyncGenerator[Figures, None]:
    told: Figures | None = None
    async with _Changes(context) as changes:
        while True:
            figures = await retried(lambda: _read(context, stats))
            if told is None or not _same(figures, told):
                told = figures
                yield figures
                # What happens meanwhile is told together.
                await asyncio.sleep(max_every)
            if not await changes.wait():
                return


async def _read(context: Context, stats: DailyStats) -> Figures:
    try:
        [figures] = await stats.read(context.loaders.figures)
        return figures
    finally:
        context.figures_read.clear()
        await context.close()


def _same(one: Figures, other: Figures) -> bool:
    return one[:-1] == other[:-1]  # but for when they were read


class _Changes:
    """Notes whether anything has happened that figures depend on: how often is of no interest."""

    def __init__(self, context: Context) -> None:
        assert context.feed is not None, "subscriptions run with a feed"
        self._events = context.feed.follow(context.tenant_id, None)
        self._news, self._changed = asyncio.Event(), False

    async def wait(self) -> bool:
        """Until something has happened since the last time; False if nothing will any more."""
        await self._news.wait()
        changed, self._changed = self._changed, False
        if not self._following.done():
            self._news.clear()
        elif not changed:
            self._following.result()
        return changed

    async def _follow(self) -> None:
        async with aclosing(self._events) as events:
            async for event in events:
                if _counts(event):
                    self._changed = True
                    self._news.set()

    async def __aenter__(self) -> "_Changes":
        self._following = asyncio.create_task(self._follow())
        self._following.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(self, *_: object) -> None:
        await stopped([self._following])


def _counts(event: Event) -> bool:
    """Notes, and facilities, whose clock says which day it is. Wherever it was: a note may come from another facility."""
    return event.type in (Note.__name__, Facility.__name__)
