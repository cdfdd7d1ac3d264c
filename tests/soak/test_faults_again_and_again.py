"""The faults that `make test` sees once, twenty times over: what depends on the instant shows in numbers."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from config import Settings
from db.scope import Database
from delivery.dispatcher import Pace
from tests.conftest import TestDatabase
from tests.db import test_embedded_killed
from tests.db.folders import folder
from tests.delivery import test_faults, test_provider_faults
from tests.endpoint import test_database_killed
from tests.factories import House
from tests.resolvers import test_idempotency

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("time", range(20))]


async def test_the_server_is_killed_between_commit_and_answer(
    time: int, settings: Settings, house: House, root: Path
) -> None:
    await test_idempotency.test_killed_between_commit_and_answer(settings, house, root)


async def test_the_database_is_killed_under_writers(time: int) -> None:
    await test_database_killed.test_killed_while_notes_are_written()


def test_everything_is_killed_during_a_first_start(time: int) -> None:
    with folder() as empty:
        test_embedded_killed.test_killed_at_any_instant_of_a_first_start(empty)


async def test_a_dispatcher_is_killed_while_it_sends(time: int, fresh_database: TestDatabase, tmp_path: Path) -> None:
    """With the lease that is shipped."""
    lease = Pace().lease.total_seconds()
    assert await test_faults.kill_while_sending(fresh_database, tmp_path, lease) < test_faults.SECONDS_TO_RECOVER


async def test_database_and_redis_are_killed_while_reminders_are_sent(time: int) -> None:
    assert await test_faults.kill_the_servers() < test_faults.SECONDS_TO_RECOVER


@pytest.fixture
async def alone(fresh_database: TestDatabase, settings: Settings) -> AsyncIterator[tuple[Database, House]]:
    """A queue that nobody else sends from, and a house in it."""
    database = Database(settings.model_copy(update={"database_url": fresh_database.app_url}))
    async with asyncpg.create_pool(fresh_database.owner_url, min_size=1, max_size=2) as owner:
        yield database, await House.build(owner)
    await database.close()


async def test_a_provider_has_each_of_its_bad_days(time: int, alone: tuple[Database, House]) -> None:
    await test_provider_faults.meet_each_fault(*alone, reminders=60)


async def test_one_call_in_five_fails(time: int, alone: tuple[Database, House]) -> None:
    """99.99 % arrive: of 10,000 at most one does not. By chance alone it would be one in a thousand runs."""
    assert await test_provider_faults.survive_chance(*alone, reminders=10_000) <= 1
