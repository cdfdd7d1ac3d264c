"""Figures whose JSON is kept: when it is, that it is the same, and that it is never older than its reader."""

import asyncio
from typing import Any

import asyncpg

from auth import Role
from db.cache import Entry
from resolvers.whole import OFTEN
from resolvers.whole.remembered import BYTES, Written, keep, texts
from tests.api import Api
from tests.factories import House

STATS = """{ date through total lateEntries uniquePatients uniqueAuthors notesPerPatient computedAt __typename
  byCategory { category notes } byPriority { priority notes } byStatus { status notes } byShift { shift notes } }"""


def document(name: str) -> str:
    return f"""query {name}($day: Date!, $ids: [ID!]) {{
      all: dailyStats(date: $day) {STATS}
      some: dailyStats(date: $day, facilityIds: $ids) {STATS}
      month: dailyStatsRange(from: $day, through: $day, bucket: MONTH) {STATS} }}"""


DAY = "2026-03-02"


async def asked(api: Api, document: str, **variables: Any) -> tuple[bytes, dict[str, Any]]:
    """The data as it was sent, and the extensions: how the plan's columns were read, and the cache's verdicts."""
    body = {"query": document, "variables": variables, "extensions": {"plan": True, "cache": True}}
    response = await api.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {api.token}"})
    answer = response.json()
    assert "errors" not in answer, answer
    return response.content.partition(b',"extensions":')[0], answer["extensions"]


def ways(extensions: dict[str, Any]) -> list[str]:
    return [column["how"] for column in extensions["plan"]["columns"] if column["level"] == 1]


async def test_the_same_bytes_by_one_small_statement_for_each_set_of_facilities(
    api: Api, house: House, statements: list[str]
) -> None:
    reader, variables = (
        api.as_(Role.READER, house.tenant),
        {"day": DAY, "ids": [house.gid("Facility", house.facilities[0])]},
    )
    await house.note()
    by_plan = [await asked(reader, document("Kept"), **variables) for _ in range(OFTEN + 1)]
    assert {*ways(by_plan[-1][1])} == {"guarded, called"}
    statements.clear()
    whole, extensions = await asked(reader, document("Kept"), **variables)
    assert whole == by_plan[-1][0]
    assert ways(extensions) == ["whole"] * 3
    assert [each["verdict"] for each in extensions["cache"]] == ["PROCESS"] * 3
    assert len(statements) == 2
    assert all("figures_version" in each for each in statements)


async def test_what_is_counted_meanwhile_shows_at_once(api: Api, house: House) -> None:
    reader, variables = (
        api.as_(Role.READER, house.tenant),
        {"day": DAY, "ids": [house.gid("Facility", house.facilities[0])]},
    )
    for _ in range(OFTEN + 2):
        await asked(reader, document("Fresh"), **variables)
    for count, place in enumerate((0, 1, 0, 1), 1):
        await house.note(facility_id=house.facilities[place])
        answer = await reader.ask(document("Fresh"), **variables)
        assert (answer["all"]["total"], answer["some"]["total"]) == (count, (count + 1) // 2)
        again, extensions = await asked(reader, document("Fresh"), **variables)
        assert ways(extensions) == ["whole"] * 3
        assert f'"total":{count}'.encode() in again


async def test_a_reader_never_sees_less_than_was_committed_before(api: Api, house: House) -> None:
    reader, done = api.as_(Role.READER, house.tenant), asyncio.Event()
    query = f'query Beside {{ dailyStats(date: "{DAY}") {{ total }} }}'
    committed = 0

    async def write() -> None:
        nonlocal committed
        for _ in range(30):
            await house.note()
            committed += 1
        done.set()

    async def read() -> int:
        reads = 0
        while not done.is_set():
            before = committed
            assert (await reader.ask(query))["dailyStats"]["total"] >= before
            reads += 1
        return reads

    _, *reads = await asyncio.gather(write(), read(), read())
    assert min(reads) > OFTEN
    assert (await reader.ask(query))["dailyStats"]["total"] == 30


async def test_each_tenant_and_question_has_its_own(api: Api, house: House, other_house: House) -> None:
    query = "query Whose($day: Date!) { dailyStats(date: $day) { total } }"
    await house.note()
    for _ in range(OFTEN + 2):
        for each, day, total in ((house, DAY, 1), (other_house, DAY, 0), (house, "2026-03-03", 0)):
            answer = await api.as_(Role.READER, each.tenant).ask(query, day=day)
            assert answer["dailyStats"]["total"] == total


async def test_who_may_not_is_refused(api: Api, house: House, owner: asyncpg.Pool) -> None:
    query = f'query Guarded {{ dailyStats(date: "{DAY}") {{ total }} }}'
    reader = api.as_(Role.READER, house.tenant)
    for _ in range(OFTEN + 2):
        await reader.ask(query)
    assert (await api.as_(Role.PLATFORM_ADMIN).refused(query))["code"] == "FORBIDDEN"
    await owner.execute("UPDATE tenants SET status = 'SUSPENDED' WHERE id = $1", house.tenant)
    assert (await reader.refused(query))["code"] == "FORBIDDEN"


async def test_what_does_not_follow_from_figures_is_read(api: Api, house: House, owner: asyncpg.Pool) -> None:
    query = f'query Named {{ dailyStats(date: "{DAY}") {{ byFacility {{ facility {{ name }} notes }} }} }}'
    reader = api.as_(Role.READER, house.tenant)
    await house.note()
    for name in ("Ash", "Elm", "Oak", "Yew", "Fir", "Box"):
        await owner.execute("UPDATE facilities SET name = $1 WHERE id = $2", name, house.facilities[0])
        [counted] = (await reader.ask(query))["dailyStats"]["byFacility"]
        assert counted["facility"]["name"] == name


async def test_a_wrong_argument_is_said_where_it_is(api: Api, house: House) -> None:
    query = """query Wrong($day: Date!) {
      dailyStatsRange(from: $day, through: "2026-03-02") { total } }"""
    reader = api.as_(Role.READER, house.tenant)
    for _ in range(OFTEN + 2):
        await reader.ask(query, day="2026-03-01")
    refused = await reader.refused(query, day="2026-03-03")
    assert (refused["code"], refused["path"]) == ("BAD_USER_INPUT", ["dailyStatsRange"])


def test_what_is_kept_of_all_answers_has_a_bound() -> None:
    kept, figures = texts(), Entry(version=1, lifetime=60, columns=(), rows=[])
    for n in range(3 * BYTES // 1_000_000):
        keep(kept, n, Written(figures, b"x" * 1_000_000))
        assert min(n * 1_000_000, BYTES - 2_000_000) < kept.currsize <= BYTES
        assert n in kept
    keep(kept, "all by itself", Written(figures, b"x" * (BYTES + 1)))
    assert "all by itself" not in kept
    assert n in kept
