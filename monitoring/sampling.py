"""Gauges of what has no event to count: looked at once a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from prometheus_client import Gauge

from db.scope import Database
from monitoring import metrics

EVERY = 1.0
"""Seconds between two looks."""

_build = Gauge("carenotes_build_info", "The version that runs.", ("version",), multiprocess_mode="livemax")


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[None]:
    """Looks for as long as the block lasts."""
    sampler = asyncio.create_task(_run(database))
    try:
        yield
    finally:
        sampler.cancel()


async def _run(database: Database) -> None:
    loop = asyncio.get_running_loop()
    _build.labels(version("carenotes")).set(1)
    while True:
        look(database)
        due = loop.time() + EVERY
        await asyncio.sleep(EVERY)
        metrics.loop_lag.set(max(0.0, loop.time() - due))


def look(database: Database) -> None:
    use = database.use
    for state, number in (("in_use", use.in_use), ("idle", use.idle), ("waiting", use.waiting)):
        metrics.pooled.labels(state).set(number)
