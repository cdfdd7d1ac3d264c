"""A scrape tells how many reminders are due, before anything was sent."""

import asyncio

import asyncpg
import httpx
from pydantic import SecretStr

from config import Settings
from tests.conftest import TestDatabase, serving
from tests.factories import House
from tests.monitoring.scraping import scrape
from tests.reminding import due


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
