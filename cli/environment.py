"""What every command stands on: settings, servers, the database, and two places to print to."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from rich.console import Console
from sqlalchemy import select

from config import Settings
from db import guard, servers
from db.scope import PLATFORM, Database
from db.tables import Tenant
from errors import Misconfigured

T = TypeVar("T")

out, err = Console(highlight=False), Console(stderr=True, highlight=False)


@contextmanager
def environment(**overrides: object) -> Iterator[Settings]:
    """Settings of the environment, with servers up for as long as the block lasts."""
    given = {name: value for name, value in overrides.items() if value is not None}
    with servers.provided(Settings(**given)) as settings:  # type: ignore[arg-type]  # pydantic checks them
        yield settings


def with_database(
    settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]], *, waiting: bool = False
) -> T:
    """`waiting`: for a database that is away for a moment, instead of failing at once."""

    async def run() -> T:
        database = Database(settings)
        try:
            await (guard.wait_and_check if waiting else guard.check)(database)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def told_to_stop(running: "asyncio.Task[None]") -> None:
    """Waits for SIGTERM or Ctrl-C. Raises what the task raised, where it ended before."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    stop = asyncio.create_task(told.wait())
    await asyncio.wait([running, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if running.done():
        await running


def owner_and_app(settings: Settings) -> tuple[str, str]:
    """The URLs of the owner and of the application's role."""
    if not settings.migration_database_url or not settings.database_url:
        raise Misconfigured(
            "This needs MIGRATION_DATABASE_URL: the same database as DATABASE_URL, as the role that owns it. "
            "README.md, section “On real servers”, shows how to create both roles."
        )
    return settings.migration_database_url, settings.database_url


async def tenants_of(database: Database) -> list[Tenant]:
    scope = database.read(PLATFORM)
    try:
        return list(await scope.rows(select(Tenant.__table__).order_by(Tenant.id), Tenant))
    finally:
        await scope.close()


async def tenant_id_of(database: Database, slug: str) -> UUID:
    tenants = {tenant.slug: tenant.id for tenant in await tenants_of(database)}
    if slug not in tenants:
        raise Misconfigured(f"There is no tenant {slug}. There are: {', '.join(tenants) or 'none'}.")
    return tenants[slug]


def duration(text: str) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[-1:] not in units or not text[:-1].isdecimal() or int(text[:-1]) == 0:
        raise Misconfigured(f"{text!r} is no duration; 30m, 12h and 7d are.")
    if len(text) > 6:
        raise Misconfigured(f"{text} is longer than anything should be good for.")
    return timedelta(**{units[text[-1]]: int(text[:-1])})
