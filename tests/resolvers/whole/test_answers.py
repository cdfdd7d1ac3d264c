"""When an operation is answered whole, when it is not, and what happens when that fails."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import Select, literal_column, select

from auth import Role
from config import Settings
from resolvers.whole import OFTEN
from resolvers.whole.kept import CHARACTERS, Statements, Wanted
from resolvers.whole.one_statement import SHAPES
from tests.api import Api
from tests.factories import House
from tests.serving import serving


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


async def test_documents_that_differ_in_words_alone_share_a_statement(
    api: Api, house: House, statements: list[str]
) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    texts = [f"word{n}" for n in range(OFTEN + 3)]
    for text in texts:
        await house.note(text=text)

    def document(n: int) -> str:
        kind = "query" if n % 2 else "# another layout\nquery"
        return f"""{kind} Own{n} {{ here{n}: __typename
          found{n}: notes(first: 2, filter: {{search: "word{n}"}}) {{ totalCount edges {{ node {{ text priority }} }} }} }}"""

    counts = []
    for n, text in enumerate(texts):
        statements.clear()
        answer = await nurse.ask(document(n))
        counts.append(len(statements))
        node = {"text": text, "priority": "NORMAL"}
        assert answer == {f"here{n}": "Query", f"found{n}": {"totalCount": 1, "edges": [{"node": node}]}}
        assert list(answer) == [f"here{n}", f"found{n}"]
    assert counts == [2] * OFTEN + [1] * 3


@pytest.mark.parametrize(
    "other",
    [
        "{ notes(first: 2) { edges { node { text: category } } } }",
        "{ notes(first: 2) { edges { node { words: text } } } }",
        "{ notes(first: 3) { edges { node { text } } } }",
        "{ notes(first: 2, orderBy: {direction: ASC}) { edges { node { text } } } }",
        "{ notes(first: 2, filter: {categories: [VITALS]}) { edges { node { text } } } }",
        "{ facilities(first: 1) { edges { node { notes(first: 2) { edges { node { text } } } } } } }",
        "{ a: notes(first: 2) { edges { node { text } } } b: notes(first: 2) { edges { node { text } } } }",
    ],
)
async def test_documents_that_differ_in_what_they_read_do_not(
    api: Api, house: House, statements: list[str], other: str
) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    for n in range(4):
        await house.note(text=f"{n}", category=("VITALS", "PROGRESS")[n % 2])
    await often(nurse, "{ notes(first: 2) { edges { node { text } } } }")
    by_fields = await nurse.answer(other)
    assert await often(nurse, other) == by_fields


async def test_as_many_statements_as_a_plan_may_have(api: Api, house: House, statements: list[str]) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    document = "query Sizes($n: Int) { notes(first: $n) { totalCount edges { node { id } } } }"
    counts = []
    for n in range(SHAPES + 2):
        await often(nurse, document, n=n)
        statements.clear()
        await nurse.ask(document, n=n)
        counts.append(len(statements))
    assert counts == [1] * SHAPES + [2] * 2


def test_what_is_kept_of_all_statements_has_a_bound() -> None:
    statements, asked = Statements(often=0), 0
    while asked < 2 * CHARACTERS:
        text = f"{asked}".zfill(100_000)
        made = statements.get(Wanted((), (text,)), lambda text=text: select(literal_column(text)))  # type: ignore[misc]
        assert made is not None
        asked += len(made.sql)
        assert min(asked, CHARACTERS) - 200_000 < statements.characters <= CHARACTERS
    assert statements.get(Wanted((), (text,)), _not_built) is made


def _not_built() -> Select[Any]:
    raise AssertionError("it was kept")


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
