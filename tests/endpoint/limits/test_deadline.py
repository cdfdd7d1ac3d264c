"""Operations that take too long, or whose client is gone: PostgreSQL stops as well, which is looked up in PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.conftest import TestDatabase
from tests.factories import House
from tests.resolvers.writing import inline
from tests.serving import serving

SECONDS = 0.4
Locked: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
QUERY = "{ notes { edges { node { id } } } }"


@pytest.fixture(scope="module")
async def hasty(settings: Settings) -> AsyncIterator[Api]:
    changed = settings.model_copy(update={"operation_timeout": SECONDS})
    async with serving(changed) as address, httpx.AsyncClient(base_url=address) as http:
        yield Api(http, changed)


@pytest.fixture(scope="module")
async def patient(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as address, httpx.AsyncClient(base_url=address) as http:
        yield Api(http, settings)


@pytest.fixture(scope="module")
async def admin(shared_database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Sees what others do."""
    connection = await asyncpg.connect(shared_database.admin_url)
    yield connection
    await connection.close()


async def waiting(admin: asyncpg.Connection, count: int) -> None:
    """Until so many statements of the application run, which means here that they wait for the table."""
    async with asyncio.timeout(10):
        while count != await admin.fetchval(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE application_name = 'carenotes' AND state = 'active' AND datname = current_database()"
        ):
            await asyncio.sleep(0.005)


@pytest.fixture
def locked(owner: asyncpg.Pool) -> Locked:
    """While it is entered, whoever reads a note waits."""

    @asynccontextmanager
    async def lock() -> AsyncIterator[None]:
        async with owner.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
            yield

    return lock


@pytest.fixture(params=["field by field", "whole"])
async def asked_often(request: pytest.FixtureRequest, hasty: Api, patient: Api, house: House) -> str:
    """A document that is answered field by field, or by one statement, because both servers know it."""
    document = QUERY.replace("id", f"{'id' if request.param == 'whole' else 'text id'}")
    if request.param == "whole":
        for api in (hasty, patient):
            for _ in range(5):
                await api.as_(Role.CLINICIAN, house.tenant).ask(document)
    return document


async def test_the_time_of_a_query_is_up(
    hasty: Api, house: House, admin: asyncpg.Connection, locked: Locked, asked_often: str
) -> None:
    nurse = hasty.as_(Role.CLINICIAN, house.tenant)
    async with locked():
        began = time.monotonic()
        asking = asyncio.create_task(nurse.post(asked_often))
        await waiting(admin, 1)
        response = await asking
        assert SECONDS <= time.monotonic() - began < SECONDS + 2
        await waiting(admin, 0)  # while the table is still locked: it was stopped
    error = response.json()["errors"][0]
    assert (response.status_code, error["extensions"]) == (504, {"code": "TIMEOUT"})
    assert f"longer than {SECONDS:g} seconds" in error["message"]
    assert await nurse.ask(asked_often)


async def test_its_time_is_up_while_it_waits_for_its_turn(
    settings: Settings, house: House, admin: asyncpg.Connection, locked: Locked
) -> None:
    changed = settings.model_copy(update={"operation_timeout": 1.0, "cost_limit": 60})
    async with serving(changed) as address, httpx.AsyncClient(base_url=address) as http:
        nurse = Api(http, changed).as_(Role.CLINICIAN, house.tenant)
        async with locked():
            asking = [asyncio.create_task(nurse.refused(QUERY)) for _ in range(4)]
            await waiting(admin, 2)  # of who is alone
            assert [each["code"] for each in await asyncio.gather(*asking)] == ["TIMEOUT"] * 4
            await waiting(admin, 0)
        assert await nurse.ask(QUERY)


async def test_the_time_of_a_mutation_is_up(
    hasty: Api, house: House, admin: asyncpg.Connection, locked: Locked
) -> None:
    """It is rolled back; but a commit could have been under way, so the answer does not say so."""
    note = await house.note()
    nurse = hasty.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    document, _ = inline("updateNote", {"id": house.gid("Note", note), "text": "Two."})
    async with locked():
        error = await nurse.refused(document)
        await waiting(admin, 0)
    assert error["code"] == "TIMEOUT"
    assert "idempotencyKey" in error["message"]
    assert await house.pool.fetchval("SELECT version FROM notes WHERE id = $1", note) == 1
    assert await nurse.ask(document)


async def hang_up(asking: asyncio.Task[Any]) -> None:
    """httpx closes the connection of a request that is given up."""
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_nobody_waits_for_the_answer_to_a_query(
    patient: Api, house: House, admin: asyncpg.Connection, locked: Locked, asked_often: str
) -> None:
    nurse = patient.as_(Role.CLINICIAN, house.tenant)
    async with locked():
        asking = asyncio.create_task(nurse.post(asked_often))
        await waiting(admin, 1)
        await hang_up(asking)
        await waiting(admin, 0)
    assert await nurse.ask(asked_often)


async def test_nobody_waits_for_what_was_deferred(
    patient: Api, house: House, admin: asyncpg.Connection, locked: Locked
) -> None:
    nurse = patient.as_(Role.CLINICIAN, house.tenant)
    document = "{ viewer { role } ... @defer { notes { edges { node { id } } } } }"
    headers = {"Authorization": f"Bearer {nurse.token}", "Accept": "multipart/mixed"}
    async with locked():
        async with nurse.http.stream("POST", "/graphql", json={"query": document}, headers=headers) as response:
            async for piece in response.aiter_raw():
                if b"CLINICIAN" in piece:
                    break
            await waiting(admin, 1)
        await waiting(admin, 0)
    assert await nurse.ask(QUERY)


async def test_nobody_waits_for_the_answer_to_a_mutation(
    patient: Api, house: House, admin: asyncpg.Connection, locked: Locked
) -> None:
    """It is finished all the same: what was asked to be written is written."""
    note = await house.note()
    nurse = patient.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    document, _ = inline("updateNote", {"id": house.gid("Note", note), "text": "Two."})
    async with locked():
        asking = asyncio.create_task(nurse.post(document))
        await waiting(admin, 1)
        await hang_up(asking)
        await asyncio.sleep(0.1)  # more than it takes to see that it is gone: nothing may come of it
        await waiting(admin, 1)
    async with asyncio.timeout(10):
        while await house.pool.fetchval("SELECT version FROM notes WHERE id = $1", note) != 2:
            await asyncio.sleep(0.01)
