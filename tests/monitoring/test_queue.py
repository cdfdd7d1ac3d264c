"""A scrape tells how many reminders are due, before anything was sent."""

import asyncio

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from config import Settings
from db.scope import Database
from endpoint.metrics_alone import measured
from errors import Misconfigured
from tests.conftest import TestDatabase
from tests.factories import House
from tests.monitoring.scraping import scrape
from tests.reminding import due
from tests.serving import serving
from tests.test_server import free_port


async def test_what_is_due_is_in_the_scrape(settings: Settings, fresh_database: TestDatabase) -> None:
    async with asyncpg.create_pool(fresh_database.owner_url, min_size=1, max_size=1) as owner:
        await due(await House.build(owner), 3)
    token = "only for the scraper"
    measured = {"database_url": fresh_database.app_url, "metrics_token": SecretStr(token)}
    async with (
        serving(settings.model_copy(update=measured)) as address,
        httpx.AsyncClient(base_url=address) as http,
        asyncio.timeout(10),
    ):
        while (await scrape(http, token))("carenotes_reminders_due", channel="EMAIL", priority="NORMAL") != 3:
            await asyncio.sleep(0.05)
        oldest = (await scrape(http, token))(
            "carenotes_reminders_oldest_due_seconds", channel="EMAIL", priority="NORMAL"
        )
        assert 59 < oldest < 120


async def test_so_does_one_of_a_process_that_serves_nothing_else(
    settings: Settings, fresh_database: TestDatabase
) -> None:
    async with asyncpg.create_pool(fresh_database.owner_url, min_size=1, max_size=1) as owner:
        await due(await House.build(owner), 2)
    port = free_port()
    changed = settings.model_copy(update={"database_url": fresh_database.app_url, "metrics_port": port})
    database = Database(changed)
    try:
        async with (
            measured(changed, database),
            httpx.AsyncClient(base_url=f"http://{changed.host}:{port}") as http,
            asyncio.timeout(10),
        ):
            while (await scrape(http))("carenotes_reminders_due", channel="EMAIL", priority="NORMAL") != 2:
                await asyncio.sleep(0.05)
            assert (await http.get("/health/live")).status_code == 404
            with pytest.raises(Misconfigured, match=f"port {port}"):
                async with measured(changed, database):
                    pass
    finally:
        await database.close()
