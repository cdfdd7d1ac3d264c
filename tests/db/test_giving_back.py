"""A scope's connection goes back: at once where it could only read, and after the rollback where it could write."""

import asyncio

import asyncpg
from sqlalchemy import func, select

from config import Settings
from db.scope import PLATFORM, Database

PID = select(func.pg_backend_pid())


async def test_nobody_waits_for_the_end_of_a_reading_scope(settings: Settings) -> None:
    database = Database(settings.model_copy(update={"database_pool_size": 1}))
    reading = database.read(PLATFORM)
    assert await reading.value(PID)
    await reading.close()
    assert database.use.in_use == 1
    # There is no second connection: this one waits for it.
    async with database.write(PLATFORM) as writing:
        assert await writing.value(PID)
    assert database.use.in_use == 0
    await database.close()


async def test_a_database_that_closes_takes_all_back(settings: Settings, owner: asyncpg.Pool) -> None:
    database = Database(settings)
    scopes = [database.read(PLATFORM) for _ in range(3)]
    pids = [await each.value(PID) for each in scopes]
    for each in scopes:
        await each.close()
    assert database.use.in_use == 3
    await database.close()
    # The last that PostgreSQL heard was the rollback, and then that there is no more.
    async with asyncio.timeout(5):
        while await owner.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)", pids):
            await asyncio.sleep(0.01)
