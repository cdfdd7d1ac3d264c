"""Redis for gates, and for each test names that nobody else uses."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from config import Settings
from db.redis import connect
from db.reminders.claiming import Lane


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    connection = connect(settings)
    yield connection
    await connection.aclose()


@pytest.fixture
def lane() -> Lane:
    return Lane(uuid7(), "EMAIL")


@pytest.fixture
def provider() -> str:
    return f"provider-{uuid7()}"
