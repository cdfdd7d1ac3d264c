"""What a browser may do here for a page of another site: nothing, unless its origin is allowed."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from auth import Role
from config import Settings
from tests.api import Api
from tests.endpoint.asking import ask, codes, get, given
from tests.factories import House
from tests.serving import serving

QUERY = {"query": "{ viewer { role } }"}
APP = "https://app.example"
INTROSPECTION = {"query": "{ __schema { types { name } } }"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
async def production(settings: Settings) -> AsyncIterator[Api]:
    own = settings.model_copy(update={"environment": "production", "allowed_origins": f"{APP}, app://phone"})
    async with serving(own) as address, httpx.AsyncClient(base_url=address) as http:
        yield Api(http, own)


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_what_a_form_can_send_is_refused(api: Api, house: House, type_: str) -> None:
    """The requests that a browser sends without asking first (CORS-safelisted), even where a proxy adds the credential."""
    who = api.as_(Role.ADMIN, house.tenant)
    body = '{"query": "{ viewer { role } }"}'
    response = await api.http.post("/graphql", content=body, headers=given(who) | {"Content-Type": type_})
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "{host}"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "{host}"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": APP}, True),
        ({"Origin": "app://phone"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{host}"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://app.example.evil.example"}, False),
    ],
)
async def test_pages_of_other_origins(production: Api, house: House, headers: dict[str, str], allowed: bool) -> None:
    who = production.as_(Role.READER, house.tenant)
    told = {name: value.format(host=str(production.http.base_url)) for name, value in headers.items()}
    for response in (
        await production.http.post("/graphql", json=QUERY, headers=given(who) | told),
        await get(who, headers=told, query=QUERY["query"]),
    ):
        assert response.status_code == (200 if allowed else 403)
        assert codes(response.json()) == ([] if allowed else ["FORBIDDEN"])


async def test_an_allowed_origin_may_read_the_answer(production: Api, house: House) -> None:
    asking_first = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = await production.http.options("/graphql", headers={"Origin": APP, **asking_first})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == APP
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers
    who = production.as_(Role.READER, house.tenant)
    response = await production.http.post("/graphql", json=QUERY, headers=given(who) | {"Origin": APP})
    assert response.headers["access-control-allow-origin"] == APP
    assert "X-Correlation-ID" in response.headers["access-control-expose-headers"]
    foreign = await production.http.options("/graphql", headers={"Origin": "https://evil.example", **asking_first})
    assert foreign.status_code == 400
    assert "access-control-allow-origin" not in foreign.headers


async def test_without_allowed_origins_there_is_no_cors(api: Api) -> None:
    preflight = await api.http.options("/graphql", headers={"Origin": APP, "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 403
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/graphql", "/health/live", "/nope", "/assets/nope"])
async def test_every_answer_says_what_a_browser_must_not_do(api: Api, production: Api, path: str) -> None:
    for served in (api, production):
        headers = (await served.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert ("strict-transport-security" in headers) is (served is production)


async def test_graphiql_is_for_browsers_in_development(api: Api, production: Api) -> None:
    page = await api.http.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers.get_list("content-security-policy") == [page.headers["content-security-policy"]]
    assert page.headers["x-content-type-options"] == "nosniff"
    hidden = await production.http.get("/graphql", headers=BROWSER)
    assert (hidden.status_code, codes(hidden.json())) == (401, ["UNAUTHENTICATED"])


MISTAKES: list[dict[str, Any]] = [
    {"query": "{ vewer { role } }"},
    {"query": "{ viewer { rol } }"},
    {"query": "{ notes(frst: 1) { totalCount } }"},
    {"query": "{ notes(filter: {categry: null}) { totalCount } }"},
    {"query": "{ node(id: 1) { ... on Patint { id } } }"},
    {"query": "query ($o: NoteOrder) { notes(orderBy: $o) { totalCount } }", "variables": {"o": {"feld": "X"}}},
    {
        "query": "query ($f: NoteFilter) { notes(filter: $f) { totalCount } }",
        "variables": {"f": {"categories": ["PROGRES"]}},
    },
    {"query": "{ notes(filter: {categories: [PROGRES]}) { totalCount } }"},
]


async def test_production_tells_nothing_of_the_schema(api: Api, production: Api, house: House) -> None:
    suggested = 0
    for body in MISTAKES:
        there = await ask(production.as_(Role.READER, house.tenant), body)
        assert codes(there.json())
        assert "Did you mean" not in there.text
        suggested += "Did you mean" in (await ask(api.as_(Role.READER, house.tenant), body)).text
    assert suggested >= len(MISTAKES) - 1
    who = production.as_(Role.READER, house.tenant)
    assert set(codes((await ask(who, INTROSPECTION)).json())) == {"GRAPHQL_VALIDATION_FAILED"}
    assert (await ask(who, {"query": "{ __typename }"})).json() == {"data": {"__typename": "Query"}}
    assert "errors" not in (await ask(api.as_(Role.READER, house.tenant), INTROSPECTION)).json()


async def test_production_may_be_told_to(settings: Settings, house: House) -> None:
    own = settings.model_copy(update={"environment": "production", "introspection": True, "graphiql": True})
    async with serving(own) as address, httpx.AsyncClient(base_url=address) as http:
        who = Api(http, own).as_(Role.READER, house.tenant)
        assert "errors" not in (await ask(who, INTROSPECTION)).json()
        assert "Did you mean" in (await ask(who, MISTAKES[0])).text
        assert (await http.get("/graphql", headers=BROWSER)).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "origins", ["app.example", "https://app.example/", "https://app.example https://b.example", "*"]
)
def test_what_is_no_origin_is_refused(origins: str) -> None:
    with pytest.raises(ValidationError, match="ALLOWED_ORIGINS"):
        Settings(allowed_origins=origins)
