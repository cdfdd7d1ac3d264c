"""How many reminders are due, of all tenants: asked of the database now and then, by each process that is measured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from db.scope import Database
from delivery.metrics import read_backlog
from errors import CareError

EVERY = 15.0
"""Seconds between two looks: as often as Prometheus looks by itself."""


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[None]:
    """Looks for as long as the block lasts."""
    looking = asyncio.create_task(_run(database))
    try:
        yield
    finally:
        looking.cancel()


async def _run(database: Database) -> None:
    while True:
        with suppress(CareError):  # the database is away: the next look will do
            await read_backlog(database)
        await asyncio.sleep(EVERY)
