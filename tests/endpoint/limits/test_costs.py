"""Documents that ask for too much, over the wire: just as much as is allowed, and one more."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.factories import House
from tests.serving import serving

LIMITS = {
    "token_limit": 200,
    "depth_limit": 5,
    "root_field_limit": 5,
    "field_limit": 15,
    "alias_limit": 6,
    "directive_limit": 3,
    "cost_limit": 300,
}


@pytest.fixture(scope="module")
async def strict(settings: Settings) -> AsyncIterator[Api]:
    strict = settings.model_copy(update=LIMITS)
    async with serving(strict) as address, httpx.AsyncClient(base_url=address) as http:
        yield Api(http, strict)


def roles(count: int) -> str:
    return "".join(f"a{n}: role " for n in range(count))


CASES: dict[str, tuple[str, str]] = {
    "tokens": ("{ viewer { role } }" + " # \n" * 193, "{ viewer { role } }" + " # \n" * 195),
    "depth": (
        "{ notes { edges { node { author { name } } } } }",
        "{ notes { edges { node { author { facilities { name } } } } } }",
    ),
    "rootFields": ("{ viewer { role } " + "__typename " * 4 + "}", "{ viewer { role } " + "__typename " * 5 + "}"),
    "fields": (
        "{ viewer { " + "role " * 7 + "...F } } fragment F on Viewer { " + "role " * 7 + "}",
        "{ viewer { " + "role " * 7 + "...F } } fragment F on Viewer { " + "role " * 8 + "}",
    ),
    "aliases": (f"{{ viewer {{ {roles(6)} }} }}", f"{{ viewer {{ {roles(7)} }} }}"),
    "directives": (
        "{ viewer { role " + "@skip(if: false) @include(if: true) ... @skip(if: false) { role } } }",
        "{ viewer { role " + "@skip(if: false) @include(if: true) ... @skip(if: false) @include(if: true) { role } } }",
    ),
    # A row and what it leads to are 3, the list and the root 2.
    "cost": (
        "{ notes(first: 99) { edges { node { patient { name } } } } }",
        "{ notes(first: 100) { edges { node { patient { name } } } } }",
    ),
}


@pytest.mark.parametrize("what", CASES)
async def test_just_below_and_just_above(strict: Api, house: House, statements: list[str], what: str) -> None:
    nurse = strict.as_(Role.CLINICIAN, house.tenant)
    below, above = CASES[what]
    assert await nurse.ask(below)
    statements.clear()
    error = await nurse.refused(above)
    assert error["code"] == "QUERY_TOO_COMPLEX"
    setting = {"rootFields": "root_field_limit"}.get(what, f"{what.rstrip('s')}_limit")
    setting = {"aliases": "alias_limit"}.get(what, setting)
    assert (error["what"], error["limit"]) == (what, LIMITS[setting])
    assert error["actual"] > error["limit"]
    assert f"up to {error['limit']}" in error["message"]
    assert statements == []


async def test_cost_by_variables(strict: Api, house: House, statements: list[str]) -> None:
    nurse = strict.as_(Role.CLINICIAN, house.tenant)
    document = "query ($n: Int) { notes(last: $n) { edges { node { id } } } }"
    for n in (1, 298, None):
        await nurse.ask(document, n=n)
    statements.clear()
    assert (await nurse.refused(document, n=299))["actual"] == 301
    assert statements == []


@pytest.mark.parametrize(
    ("through", "bucket", "cost"),
    # A period is 1, the field 10, the root 1.
    [
        ("2025-10-16", "DAY", 300),
        ("2025-10-17", "DAY", 301),
        ("2025-10-18", "WEEK", 53),
        ("2026-12-31", "MONTH", 35),
        # What is wrong is taken for a hundred, and refused for what it is.
        ("2024-12-31", "DAY", 111),
        ("soon", "DAY", 111),
    ],
)
async def test_days_cost_as_many_as_they_are(strict: Api, house: House, through: str, bucket: str, cost: int) -> None:
    nurse = strict.as_(Role.CLINICIAN, house.tenant)
    written = f'{{ dailyStatsRange(from: "2025-01-01", through: "{through}", bucket: {bucket}) {{ total }} }}'
    given = 'query ($t: Date!, $b: Bucket!) { dailyStatsRange(from: "2025-01-01", through: $t, bucket: $b) { total } }'
    for document, variables in ((written, {}), (given, {"t": through, "b": bucket})):
        if cost > strict.settings.cost_limit:
            assert (await nurse.refused(document, **variables))["actual"] == cost
        elif cost == 111:
            assert (await nurse.refused(document, **variables))["code"] != "QUERY_TOO_COMPLEX"
        else:
            assert (await costs(nurse, document, **variables))["total"] == cost


async def costs(who: Api, document: str, **variables: Any) -> Any:
    response = await who.http.post(
        "/graphql",
        json={"query": document, "variables": variables, "extensions": {"cost": True}},
        headers={"Authorization": f"Bearer {who.token}"},
    )
    return response.json()["extensions"]["cost"]


async def test_the_cost_is_told_on_request(api: Api, house: House) -> None:
    nurse = api.as_(Role.CLINICIAN, house.tenant)
    told = await costs(nurse, "query ($n: Int) { notes(first: $n) { totalCount edges { node { id } } } }", n=7)
    budgets = told.pop("budgets")
    assert told == {"total": 19, "type": 8, "field": 11, "limit": 10_000}
    assert [(each["of"], each["limit"]) for each in budgets] == [("principal", 1_000_000), ("tenant", 10_000_000)]
    assert all(each["remaining"] == each["limit"] - 19 and 0 < each["seconds"] <= 60 for each in budgets)
    assert "extensions" not in await nurse.answer("{ viewer { role } }")
