"""Which media type an answer has, and which status with it (GraphQL over HTTP, September 2026, sections 5.1 and 5.4)."""

from typing import Any

import pytest

from auth import Role
from endpoint.negotiation import EVENTS, GRAPHQL_JSON, JSON, MULTIPART, Accepted, accepted
from tests.api import Api
from tests.endpoint import asking
from tests.endpoint.asking import GRAPHQL, ask, type_of
from tests.factories import House

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
APOLLO = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Accepted(JSON, None, None, False, False)),
        ("*/*", Accepted(JSON, None, None, False, False)),
        ("application/*", Accepted(JSON, None, None, False, False)),
        ("application/json", Accepted(JSON, None, None, False, False)),
        ("application/graphql-response+json", Accepted(GRAPHQL_JSON, None, None, False, False)),
        ("application/json, application/graphql-response+json", Accepted(GRAPHQL_JSON, None, None, False, False)),
        ("application/json, application/graphql-response+json;q=0.9", Accepted(JSON, None, None, False, False)),
        (
            "application/json;q=0.2,application/graphql-response+json;q=0.3",
            Accepted(GRAPHQL_JSON, None, None, False, False),
        ),
        ("APPLICATION/JSON; Q=0.5", Accepted(JSON, None, None, False, False)),
        ('application/json; charset="utf-8"', Accepted(JSON, None, None, False, False)),
        ("application/json; charset=latin-1", Accepted(None, None, None, False, False)),
        ("application/json, text/plain, */*", Accepted(JSON, None, None, False, False)),
        ("application/json;q=0, */*", Accepted(GRAPHQL_JSON, None, None, False, False)),
        ("application/json;q=nan", Accepted(None, None, None, False, False)),
        ("application/json;q=2", Accepted(None, None, None, False, False)),
        ("text/plain", Accepted(None, None, None, False, False)),
        (";;,,=", Accepted(None, None, None, False, False)),
        (BROWSER, Accepted(JSON, None, None, False, True)),
        ("application/json, text/html", Accepted(JSON, None, None, False, False)),
        (APOLLO, Accepted(GRAPHQL_JSON, MULTIPART, "deferSpec=20220824", False, False)),
        ("multipart/mixed;incrementalSpec=v0.2", Accepted(None, MULTIPART, "incrementalSpec=v0.2", False, False)),
        (URQL, Accepted(GRAPHQL_JSON, MULTIPART, None, True, False)),
        ("text/event-stream, multipart/mixed;q=0.5", Accepted(None, EVENTS, None, True, False)),
        ("text/event-stream;q=0", Accepted(None, None, None, False, False)),
    ],
)
def test_what_is_accepted(header: str, expected: Accepted) -> None:
    assert accepted(header.encode()) == expected


QUERY = {"query": "{ viewer { role } }"}
PARTIAL = {"query": 'mutation { signNote(input: {id: "x", expectedVersion: 1}) { note { id } } }'}
COERCION = {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": None}}


@pytest.mark.parametrize(
    ("body", "as_json", "as_graphql", "has_data"),
    [
        (QUERY, 200, 200, True),
        (PARTIAL, 200, 294, True),
        (COERCION, 200, 400, False),
        ({"query": "{"}, 200, 400, False),
        ({"query": "{ nope }"}, 200, 400, False),
        (QUERY | {"operationName": "Nope"}, 200, 400, False),
        (QUERY | {"variables": 5}, 400, 400, False),
        ({"query": "query A { viewer { role } } query B { viewer { role } }"}, 200, 400, False),
    ],
)
async def test_statuses(api: Api, house: House, body: Any, as_json: int, as_graphql: int, has_data: bool) -> None:
    who = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    for accept, status in ((asking.JSON, as_json), (GRAPHQL, as_graphql)):
        response = await ask(who, body, accept)
        assert (response.status_code, type_of(response)) == (status, accept)
        assert response.headers["content-type"].endswith("; charset=utf-8")
        assert response.headers["cache-control"] == "no-store"
        assert ("data" in response.json()) is has_data


async def test_nothing_that_can_be_accepted(api: Api, house: House) -> None:
    response = await ask(api.as_(Role.READER, house.tenant), QUERY, "text/plain")
    assert (response.status_code, type_of(response)) == (406, asking.JSON)


async def test_methods(api: Api, house: House) -> None:
    who = api.as_(Role.READER, house.tenant)
    response = await api.http.patch("/graphql", json=QUERY, headers=asking.given(who))
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, PUT, DELETE")
    response = await asking.get(who, query="mutation { __typename }")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    response = await asking.get(who, query="query ($id: ID!) { node(id: $id) { id } }", variables={"id": None})
    assert asking.codes(response.json()) == ["BAD_USER_INPUT"]


async def test_who_accepts_only_a_stream_gets_one_part(api: Api, house: House) -> None:
    who = api.as_(Role.READER, house.tenant)
    answer = '{"data":{"viewer":{"role":"READER"}}}'
    response = await ask(who, QUERY, asking.MULTIPART)
    part = f"Content-Type: application/json; charset=utf-8\r\n\r\n{answer}"
    assert response.text == f"\r\n---\r\n{part}\r\n-----\r\n"
    response = await ask(who, QUERY, asking.EVENTS)
    assert response.text == f":\n\nevent: next\ndata: {answer}\n\nevent: complete\ndata:\n\n"


async def test_an_answer_may_have_254_levels(api: Api, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """orjson writes no more. What is deeper is refused, and no bug."""
    from graphql import ExecutionResult  # noqa: PLC0415

    from endpoint.answers import answer  # noqa: PLC0415

    def nested(levels: int) -> Any:
        data: Any = 1
        for _ in range(levels):
            data = {"a": data}
        return data

    assert answer(ExecutionResult(nested(253), None), None, JSON).body.startswith(b'{"data":{"a"')
    assert b"QUERY_TOO_COMPLEX" in answer(ExecutionResult(nested(300), None), None, JSON).body
