"""A database for dispatchers alone: they send whatever is due, of any tenant."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from config import Settings
from db.scope import Database
from tests.conftest import DatabaseMaker, TestDatabase
from tests.factories import House


@pytest.fixture(scope="module")
async def queue_database(make_database: DatabaseMaker) -> TestDatabase:
    return await make_database()


@pytest.fixture(scope="module")
async def queue(queue_database: TestDatabase, settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.model_copy(update={"database_url": queue_database.app_url}))
    yield database
    await database.close()


@pytest.fixture
async def house(queue_database: TestDatabase) -> AsyncIterator[House]:
    async with asyncpg.create_pool(queue_database.owner_url, min_size=1, max_size=4) as pool:
        yield await House.build(pool)
