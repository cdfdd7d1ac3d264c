"""Reminders through the command, and through a server that also sends: in processes of their own, as an operator has them."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from config import Settings
from tests.conftest import TestDatabase
from tests.factories import House
from tests.reminding import due
from tests.serving import serving


@pytest.fixture
def alone(settings: Settings, fresh_database: TestDatabase) -> Settings:
    """Settings with a database that nobody else sends from."""
    return settings.model_copy(
        update={
            "database_url": fresh_database.app_url,
            "migration_database_url": fresh_database.owner_url,
            "dispatching": True,
        }
    )


async def gone(house: House) -> None:
    async with asyncio.timeout(30):
        while await house.pool.fetchval("SELECT count(*) FROM reminder_queue WHERE tenant_id = $1", house.tenant):
            await asyncio.sleep(0.05)


async def statuses(house: House) -> set[str]:
    rows = await house.pool.fetch("SELECT status FROM reminders WHERE tenant_id = $1", house.tenant)
    return {row["status"] for row in rows}


async def test_the_command_sends_until_it_is_told_to_stop(alone: Settings, root: Path) -> None:
    environment = os.environ | {
        "DATABASE_URL": str(alone.database_url),
        "REDIS_URL": str(alone.redis_url),
        "DATA_DIR": str(alone.data_dir),
    }

    async def command(*words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("carenotes")), *words),
            cwd=root,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(*words: str) -> str:
        process = await command(*words)
        _, said = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, said
        return said.decode()

    async with asyncpg.create_pool(alone.migration_database_url, min_size=1, max_size=2) as owner:
        paused, house = await House.build(owner), await House.build(owner)
        for each in (paused, house):
            await due(each, 3, channels=["CONSOLE"])
        assert "Paused: 4 of 4" in await run("pause", "--tenant", paused.slug)
        assert "Resumed: 1 of 1" in await run("resume", "--tenant", paused.slug, "--channel", "PUSH")
        process = await command("dispatch", "--loops", "2")
        await gone(house)
        process.send_signal(signal.SIGTERM)
        shown, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert shown.decode().count("See you, A patient.") == 3
        assert (await statuses(house), await statuses(paused)) == ({"SENT"}, {"SCHEDULED"})


async def test_a_server_sends_besides(alone: Settings) -> None:
    async with asyncpg.create_pool(alone.migration_database_url, min_size=1, max_size=2) as owner:
        house = await House.build(owner)
        await due(house, 3, channels=["CONSOLE"])
        async with serving(alone):
            await gone(house)
        assert await statuses(house) == {"SENT"}
