"""When an operation is answered whole, when it is not, and what happens when that fails."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from auth import Role
from config import Settings
from resolvers.whole import OFTEN
from resolvers.whole.one_statement import SHAPES
from tests.api import Api
from tests.conftest import serving
from tests.factories import House


async def often(api: Api, document: str, **variables: Any) -> Any:
    for _ in range(OFTEN):
        await api.answer(document, **variables)
    return await api.answer(document, **variables)


async def test_not_before_it_is_asked_for_often(api: Api, house: House, statements: list[str]) -> None:
    nurse, document = (
        api.as_(Role.CLINICIAN, house.tenant),
        "{ notes { edges { node { author { name } } } totalCount } }",
    )
    await house.note()
    for _ in range(OFTEN):
        statements.clear()
        await nurse.ask(document)
        assert len(statements) == 3
    statements.clear()
    await nurse.ask(document)
    assert len(statements) == 1


async def test_another_role_is_refused_what_it_may_not_see(api: Api, house: House) -> None:
    document = "query Texts { notes { edges { node { text } } } }"
    await house.note(text="secret")
    assert "secret" in str(await often(api.as_(Role.CLINICIAN, house.tenant), document))
    refused = await api.as_(Role.READER, house.tenant).answer(document)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert refused["data"]["notes"]["edges"][0]["node"]["text"] is None


async def test_nobody_elses_rows(api: Api, house: House, other_house: House) -> None:
    document = "query Ours { notes { totalCount edges { node { text patient { name } } } } patients { totalCount } }"
    await house.note(text="ours")
    await other_house.note(text="theirs")
    assert "theirs" not in str(await often(api.as_(Role.CLINICIAN, house.tenant), document))
    theirs = await api.as_(Role.CLINICIAN, other_house.tenant).ask(document)
    assert [edge["node"]["text"] for edge in theirs["notes"]["edges"]] == ["theirs"]
    elsewhere = "query Whose($ids: [ID!]) { notes(filter: { facilityIds: $ids }) { totalCount } }"
    ids = [other_house.gid("Facility", other_house.facilities[0])]
    assert (await often(api.as_(Role.CLINICIAN, house.tenant), elsewhere, ids=ids))["data"]["notes"]["totalCount"] == 0


async def test_a_suspended_tenant(api: Api, house: House, owner: asyncpg.Pool) -> None:
    document = "query Suspended { notes { totalCount } patients { totalCount } }"
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    await often(nurse, document)
    await owner.execute("UPDATE tenants SET status = 'SUSPENDED' WHERE id = $1", house.tenant)
    refused = await nurse.answer(document)
    assert refused["data"] == {"notes": None, "patients": None}
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"] * 2
    assert [error["path"] for error in refused["errors"]] == [["notes"], ["patients"]]


@pytest.mark.parametrize("argument", ["first: -1", 'after: "nonsense"', "first: 1, last: 1"])
async def test_a_wrong_argument_is_said_where_it_is(
    api: Api, house: House, statements: list[str], argument: str
) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    document = f"{{ patients(first: 1) {{ edges {{ node {{ notes({argument}) {{ totalCount }} }} }} }} }}"
    answer = await often(nurse, document)
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("BAD_USER_INPUT", ["patients", "edges", 0, "node", "notes"])


async def test_as_many_statements_as_a_plan_may_keep(api: Api, house: House, statements: list[str]) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    document = "query Sizes($n: Int) { notes(first: $n) { totalCount edges { node { id } } } }"
    await often(nurse, document, n=0)
    counts = []
    for n in range(1, SHAPES + 3):
        statements.clear()
        await nurse.ask(document, n=n)
        counts.append(len(statements))
    assert counts == [1] * (SHAPES - 1) + [2] * 3


async def test_what_a_developer_sees_of_it(api: Api, house: House) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    body = {"query": "query Seen { notes { edges { node { id } } } }", "extensions": {"plan": True}}
    headers = {"Authorization": f"Bearer {nurse.token}"}
    for _ in range(OFTEN + 1):
        plan = (await api.http.post("/graphql", json=body, headers=headers)).json()["extensions"]["plan"]
    [column] = plan["columns"]
    assert (column["field"], column["path"], column["how"]) == ("Query.notes", "notes", "whole")
    [statement] = plan["statements"]
    assert statement["sql"].startswith("SELECT")


async def test_a_statement_that_takes_too_long(settings: Settings, house: House, owner: asyncpg.Pool) -> None:
    hurried = settings.model_copy(update={"statement_timeout": 0.2})
    document = "query Slow { patients { totalCount } notes { totalCount } }"
    async with serving(hurried) as address, httpx.AsyncClient(base_url=address) as http:
        nurse = Api(http, hurried).as_(Role.CLINICIAN, house.tenant)
        await often(nurse, document)
        async with owner.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE patients IN ACCESS EXCLUSIVE MODE")
            late = await asyncio.wait_for(nurse.answer(document), 5)
        assert [error["extensions"]["code"] for error in late["errors"]] == ["TIMEOUT"] * 2
        assert await nurse.ask(document)
