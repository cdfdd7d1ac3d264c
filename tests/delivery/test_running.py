"""What a dispatcher does with the settings that it has."""

import asyncio

from config import Settings
from delivery.running import dispatching
from tests.conftest import TestDatabase
from tests.delivery.dispatching import attempts, nothing_due, queued, states
from tests.factories import House
from tests.reminding import due


async def test_a_channel_without_a_provider_fails_and_makes_way_in_the_end(
    settings: Settings, queue_database: TestDatabase, house: House
) -> None:
    [made] = await due(house, channels=["EMAIL", "CONSOLE"])
    here = settings.model_copy(update={"database_url": queue_database.app_url})
    async with dispatching(here):
        await nothing_due(house)
    assert await attempts(house, made) == [(1, "EMAIL", "none", "FAILED", "NO_PROVIDER")]
    await house.pool.execute(
        "UPDATE reminder_queue SET attempt_count = 4, next_attempt_at = now() WHERE tenant_id = $1", house.tenant
    )
    async with dispatching(here), asyncio.timeout(20):
        while await queued(house):
            await asyncio.sleep(0.02)
    assert await states(house) == {made: ("SENT", None, "CONSOLE", 6)}


async def test_without_any_provider_the_queue_is_left_alone(
    settings: Settings, queue_database: TestDatabase, house: House
) -> None:
    [made] = await due(house)
    production = {"database_url": queue_database.app_url, "environment": "production"}
    async with dispatching(settings.model_copy(update=production)) as running:
        await asyncio.wait([running], timeout=0.3)
        assert not running.done()
    assert (await states(house))[made][0] == "SCHEDULED"
    assert await attempts(house, made) == []
