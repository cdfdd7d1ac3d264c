"""What runs for hours may be started in the middle of an outage: it waits, and gives up in the end."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config import Settings
from db import guard
from db.scope import Database
from errors import Unavailable
from tests.db.folders import ROOT
from tests.endpoint.proxy import Proxy, postgres_target, through


@pytest.fixture
async def postgres(settings: Settings) -> AsyncIterator[Proxy]:
    assert settings.database_url
    async with Proxy(postgres_target(settings.database_url)) as proxy:
        await proxy.cut()
        yield proxy


def behind(proxy: Proxy, settings: Settings) -> Settings:
    assert settings.database_url
    return settings.model_copy(update={"database_url": through(settings.database_url, proxy)})


@pytest.mark.parametrize(
    ("command", "begun"),
    [("relay", b"Relaying events."), ("dispatch", b"Sending reminders.")],
    ids=["relay", "dispatch"],
)
async def test_a_command_waits_for_its_database(
    postgres: Proxy, settings: Settings, command: str, begun: bytes
) -> None:
    waiting = behind(postgres, settings)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("carenotes")),
        command,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": waiting.database_url or "", "REDIS_URL": settings.redis_url or ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(10):
            while b"waiting for the database" not in (said := await process.stdout.readline()):
                assert said, "it ended"
        await postgres.mend()
        async with asyncio.timeout(10):
            while begun not in (said := await process.stdout.readline()):
                assert said, "it ended"
    finally:
        process.kill()
        await process.wait()


async def test_a_server_waits_for_its_database(postgres: Proxy, settings: Settings) -> None:
    database = Database(behind(postgres, settings))
    checking = asyncio.create_task(guard.wait_and_check(database))
    await asyncio.sleep(0.5)
    assert not checking.done()
    await postgres.mend()
    await asyncio.wait_for(checking, 5)
    await database.close()


async def test_waiting_has_an_end(postgres: Proxy, settings: Settings) -> None:
    database = Database(behind(postgres, settings))
    with pytest.raises(Unavailable, match="cannot be reached"):
        await guard.wait_and_check(database, patience=0.3)
    await database.close()
