"""Servers that are away: said quickly, survived without a restart, and nothing is left half-done."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from auth import Role
from config import Settings
from db import pool
from tests.api import Api
from tests.endpoint.proxy import Proxy, postgres_target, redis_target, redis_through, through
from tests.factories import House
from tests.resolvers.writing import by_variables, content, inline, right
from tests.serving import serving

WAIT, STATEMENT, MARGIN = 1.0, 2.0, 0.5
CLOSING = 2.0
"""Seconds that the driver gives a connection to say goodbye before it is dropped."""
SLACK = 2.0
"""For a machine that is busy."""


@dataclass
class Fragile:
    """CareNotes, with a database and a Redis that can be cut off."""

    http: httpx.AsyncClient
    settings: Settings
    postgres: Proxy
    redis: Proxy
    house: House

    @property
    def nurse(self) -> Api:
        return Api(self.http, self.settings).as_(Role.CLINICIAN, self.house.tenant, "practitioner-0")

    async def health(self) -> tuple[int, int, dict[str, str]]:
        live, ready = await asyncio.gather(self.http.get("/health/live"), self.http.get("/health/ready"))
        return live.status_code, ready.status_code, ready.json()["checks"]


@pytest.fixture
async def fragile(settings: Settings, house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fragile]:
    monkeypatch.setattr(pool, "MARGIN", MARGIN)
    assert settings.database_url
    assert settings.redis_url
    async with (
        Proxy(postgres_target(settings.database_url)) as postgres,
        Proxy(redis_target(settings.redis_url)) as redis,
    ):
        changed = settings.model_copy(
            update={
                "database_url": through(settings.database_url, postgres),
                "redis_url": redis_through(settings.redis_url, redis),
                "database_wait": WAIT,
                "statement_timeout": STATEMENT,
                "database_pool_size": 4,
            }
        )
        async with serving(changed) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
            yield Fragile(http, changed, postgres, redis, house)
            await asyncio.gather(postgres.mend(), redis.mend())


async def in_time(seconds: float, answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """The one error of an answer that comes within the time."""
    began = time.monotonic()
    error = (await answer)["errors"][0]
    assert time.monotonic() - began < seconds + SLACK
    shown: dict[str, Any] = error
    return shown


async def fails_and_recovers(fragile: Fragile, seconds: float) -> None:
    """Reads and writes say UNAVAILABLE in time, health says which server it is; then the way is mended and all is well."""
    nurse, house = fragile.nurse, fragile.house
    body = await right("createNote", house)
    document, variables = by_variables("createNote", body | {"idempotencyKey": "one"})
    before = await content(house)
    reads = [nurse.answer("{ notes { totalCount } patients { totalCount } }") for _ in range(5)]
    writes = [nurse.answer(document, **variables) for _ in range(5)]
    for error in await asyncio.gather(*(in_time(seconds, each) for each in (*reads, *writes))):
        assert error["extensions"] == {"code": "UNAVAILABLE"}
    live, ready, checks = await fragile.health()
    assert (live, ready, checks["database"], checks["redis"]) == (200, 503, "failing", "ok")
    await fragile.postgres.mend()
    answers = await asyncio.gather(*(nurse.answer("{ notes { totalCount } }") for _ in range(10)))
    assert all("errors" not in answer for answer in answers), answers
    assert (await fragile.health())[1] == 200
    assert await content(house) == before
    assert (await nurse.ask(document, **variables))["createNote"]
    assert await house.pool.fetchval("SELECT count(*) FROM notes WHERE tenant_id = $1", house.tenant) == 1


async def warm(fragile: Fragile) -> None:
    """Fills the pool, so that there are connections to lose."""
    answers = await asyncio.gather(*(fragile.nurse.answer("{ notes { totalCount } }") for _ in range(8)))
    assert all("errors" not in answer for answer in answers)
    assert (await fragile.health())[1] == 200


async def test_refused(fragile: Fragile) -> None:
    await warm(fragile)
    await fragile.postgres.cut()
    await fails_and_recovers(fragile, WAIT)


async def test_refused_before_the_first_connection(fragile: Fragile) -> None:
    await fragile.postgres.cut()
    await fails_and_recovers(fragile, WAIT)


async def test_silent(fragile: Fragile) -> None:
    """Ten requests for four connections: some wait for one that others wait upon."""
    await warm(fragile)
    fragile.postgres.swallow()
    await fails_and_recovers(fragile, WAIT + CLOSING)


async def test_gone_and_back_between_two_requests(fragile: Fragile) -> None:
    """Nobody notices that all connections were lost."""
    await warm(fragile)
    await fragile.postgres.mend()
    answers = await asyncio.gather(*(fragile.nurse.answer("{ notes { totalCount } }") for _ in range(8)))
    assert all("errors" not in answer for answer in answers), answers


async def blocked(house: House, answer: Coroutine[Any, Any, dict[str, Any]], waiting: int = 1) -> asyncio.Task[Any]:
    """The request's task, once PostgreSQL has so many of them waiting for a lock."""
    task = asyncio.create_task(answer)
    async with asyncio.timeout(10):
        while await house.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < waiting:
            assert not task.done(), task.result()
    return task


@pytest.mark.parametrize("fault", ["swallow", "cut"])
async def test_in_the_middle_of_a_statement(fragile: Fragile, fault: str) -> None:
    house, nurse = fragile.house, fragile.nurse
    note = await house.note()
    document, variables = by_variables("updateNote", {"id": house.gid("Note", note), "text": "Two."})
    before = await content(house)
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note)
        request = await blocked(house, nurse.answer(document, **variables))
        if fault == "cut":
            await fragile.postgres.cut()
        else:
            fragile.postgres.swallow()
        # The lock is free: PostgreSQL goes on, and its answer goes nowhere.
    seconds = STATEMENT + MARGIN + CLOSING if fault == "swallow" else 0
    assert (await in_time(seconds, request))["extensions"] == {"code": "UNAVAILABLE"}
    await fragile.postgres.mend()
    assert (await nurse.ask(document, **variables))["updateNote"]
    assert (await content(house))["notes"] != before["notes"]
    assert await house.pool.fetchval("SELECT count(*) FROM note_versions WHERE tenant_id = $1", house.tenant) == 1


async def test_the_answer_to_the_commit_is_lost(fragile: Fragile) -> None:
    """Nobody can know whether it was written, so the answer says that, and the key makes it safe to ask again."""
    house, nurse = fragile.house, fragile.nurse
    await warm(fragile)
    document, variables = by_variables("createNote", await right("createNote", house) | {"idempotencyKey": "one"})
    fragile.postgres.swallow_after(b"COMMIT;")
    error = await in_time(STATEMENT + MARGIN + CLOSING, nurse.answer(document, **variables))
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert "idempotencyKey" in error["message"]
    await fragile.postgres.mend()
    [row] = await house.pool.fetch("SELECT id FROM notes WHERE tenant_id = $1", house.tenant)
    again = (await nurse.ask(document, **variables))["createNote"]["note"]["id"]
    assert again == house.gid("Note", row["id"])
    assert await house.pool.fetchval("SELECT count(*) FROM notes WHERE tenant_id = $1", house.tenant) == 1


async def test_lost_before_the_commit(fragile: Fragile) -> None:
    house, nurse = fragile.house, fragile.nurse
    document, variables = by_variables("createNote", await right("createNote", house) | {"idempotencyKey": "one"})
    before = await content(house)
    fragile.postgres.reset_at(b"COMMIT;")
    assert (await in_time(0, nurse.answer(document, **variables)))["extensions"] == {"code": "UNAVAILABLE"}
    assert await content(house) == before
    await fragile.postgres.mend()
    assert await nurse.ask(document, **variables)


async def test_lost_when_everything_was_read(fragile: Fragile) -> None:
    """There was nothing left to do but to roll back, and a lost connection has done that: the answer is good."""
    for _ in range(3):
        fragile.postgres.reset_at(b"ROLLBACK;")
        assert (await fragile.nurse.ask("{ patients { totalCount } }"))["patients"]["totalCount"] == 3
        await fragile.postgres.mend()


async def test_a_statement_that_takes_too_long(fragile: Fragile) -> None:
    """PostgreSQL gives it up by itself: a TIMEOUT, also for the field beside it, and the connection stays good."""
    house, nurse = fragile.house, fragile.nurse
    note = await house.note()
    one, _ = inline("updateNote", {"id": house.gid("Note", note), "text": "Two."})
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note)
        assert (await in_time(STATEMENT, nurse.answer(one)))["extensions"] == {"code": "TIMEOUT"}
    assert await nurse.ask(one)


async def test_no_connection_to_be_had(fragile: Fragile) -> None:
    house, nurse = fragile.house, fragile.nurse
    note = await house.note()
    one, _ = inline("updateNote", {"id": house.gid("Note", note), "text": "Two."})
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note)
        # All at once: the first must not have timed out before the last is waiting.
        requests = [asyncio.create_task(nurse.answer(one)) for _ in range(3)]
        requests.append(await blocked(house, nurse.answer(one), 4))
        error = await in_time(WAIT, nurse.answer("{ notes { totalCount } }"))
        assert error["extensions"] == {"code": "UNAVAILABLE"}
        assert "busy" in error["message"]
        for request in requests:
            await request
    assert await nurse.ask("{ notes { totalCount } }")


async def test_redis_is_away(fragile: Fragile) -> None:
    for fault in (fragile.redis.cut, fragile.redis.swallow):
        if awaited := fault():
            await awaited
        began = time.monotonic()
        live, ready, checks = await fragile.health()
        assert time.monotonic() - began < 2 + SLACK
        assert (live, ready, checks) == (200, 503, {"database": "ok", "migrations": "ok", "redis": "failing"})
        assert (await fragile.nurse.ask("{ notes { totalCount } }"))["notes"]["totalCount"] == 0
        await fragile.redis.mend()
        assert (await fragile.health())[1] == 200


async def test_stopping_while_the_database_is_silent(fragile: Fragile) -> None:
    """The process does not wait for a farewell that never comes."""
    async with serving(fragile.settings) as address, httpx.AsyncClient(base_url=address) as http:
        await warm(replace(fragile, http=http))
        fragile.postgres.swallow()
        began = time.monotonic()
    assert time.monotonic() - began < WAIT + 0.5 + CLOSING + SLACK
