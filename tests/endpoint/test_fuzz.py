"""Whatever bytes come: an answer that is no bug, tells nothing of one, and comes at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from auth import Role
from config import Settings
from tests.api import Api
from tests.endpoint import asking
from tests.factories import House
from tests.listening import Listener
from tests.test_server import started

PATIENCE = 10.0
DOCUMENTS = [
    "{ viewer { role } }",
    "query Q($first: Int = 1) { notes(first: $first) { totalCount edges { node { id text } } } }",
    "mutation M($input: SignNoteInput!) { signNote(input: $input) { note { id } } }",
    "subscription { nope }",
    '{ node(id: "x") { id ... @defer { __typename } } }',
    "{ notes { edges @stream { cursor } } }",
    "{ __schema { types { name } } }",
    "{ a: viewer { ...F } } fragment F on Viewer { role ...F }",
    "{ " * 300 + "}" * 300,
]
PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"\\",
    b"null",
    b"1e999",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b"query",
    b"$first",
    b"...",
    b"@defer",
    b"@stream(if: 1)",
    b"@skip",
    b"#",
    b'"""',
    b"\r",
    b"\xef\xbb\xbf",
]
HEADERS: dict[str, Any] = {
    "Accept": st.sampled_from(
        ["*/*", asking.JSON, asking.GRAPHQL, asking.MULTIPART, asking.EVENTS, "text/html", ";q=,*/*;q=x"]
    ),
    "Content-Type": st.sampled_from(
        ["application/json", "application/json; charset=utf-8", "text/plain", ";", "a/b;c"]
    ),
    "Accept-Encoding": st.sampled_from(["identity", "gzip", "zstd;q=0.5, br", ";", "*"]),
    "Origin": st.sampled_from(["null", "http://[", "https://evil.example"]),
    "If-None-Match": st.sampled_from(["*", '"', "W/"]),
}
# What JSON has for each part of a request, right or wrong.
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
queries = st.sampled_from(DOCUMENTS) | scalars
bodies = st.fixed_dictionaries(
    {},
    optional={
        "query": queries,
        "variables": st.fixed_dictionaries({}, optional={"first": values, "input": values}) | values,
        "operationName": st.sampled_from(["Q", "M", ""]) | values,
        "extensions": st.fixed_dictionaries({}, optional={"persistedQuery": values, "plan": values, "cache": values})
        | values,
        "documentId": values,
    },
)


headers = st.fixed_dictionaries({"Content-Type": HEADERS.pop("Content-Type")}, optional=HEADERS)


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """A body that is one, then cut, doubled and torn at some places; and headers to go with it."""
    body = json.dumps(draw(bodies | st.lists(bodies, max_size=3)), ensure_ascii=draw(st.booleans())).encode(
        errors="replace"
    )
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        match draw(st.integers(0, 3)):
            case 0:
                body = body[:at] + draw(st.sampled_from(PIECES)) + body[at:]
            case 1:
                body = body[:at] + draw(st.binary(max_size=4)) + body[at + 1 :]
            case 2:
                body = body[:at]
            case _:
                body = body[:at] + body[at // 2 :]
    return body, draw(headers)


@pytest.fixture(scope="module")
async def who(server: str, settings: Any, owner: Any) -> AsyncIterator[Api]:
    house = await House.build(owner)
    await house.note()
    async with httpx.AsyncClient(base_url=server, timeout=PATIENCE) as http:
        yield Api(http, settings).as_(Role.CLINICIAN, house.tenant, "practitioner-0")


async def answers_well(who: Api, body: bytes, headers: dict[str, str]) -> None:
    headers = {name: value for name, value in headers.items() if value.isascii()}
    method = "POST" if body else "GET"
    with Listener() as log:
        response = await who.http.request(
            method, "/graphql", content=body, headers={"Authorization": f"Bearer {who.token}", **headers}
        )
    assert response.status_code < 500, response.text
    assert not [event for event in log.events if event["event"] == "bug"], (body, log.text)
    assert "INTERNAL" not in response.text
    assert "Traceback" not in response.text
    if asking.type_of(response) in (asking.JSON, asking.GRAPHQL):
        response.json()


def fuzzed(cases: int) -> how:
    return how(
        max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True
    )


@fuzzed(150)
@given(request=requests())
async def test_bytes(who: Api, request: tuple[bytes, dict[str, str]]) -> None:
    await answers_well(who, *request)


@pytest.mark.soak
@fuzzed(20_000)
@given(request=requests())
async def test_many_bytes(who: Api, request: tuple[bytes, dict[str, str]]) -> None:
    await answers_well(who, *request)


@pytest.mark.soak
async def test_the_same_bytes_again_and_again_take_no_memory(settings: Settings, house: House) -> None:
    """A thousand requests, twenty times, to a process of its own: hypothesis keeps much of what it makes."""
    made: list[tuple[bytes, dict[str, str]]] = []

    @fuzzed(1_000)
    @given(request=requests())
    def make(request: tuple[bytes, dict[str, str]]) -> None:
        made.append(request)

    make()
    assert settings.jwt_secret
    assert settings.redis_url
    environment = {
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": settings.redis_url,
        "JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "LOG_LEVEL": "error",
    }
    async with started(environment) as server, httpx.AsyncClient(base_url=server.address, timeout=PATIENCE) as http:
        who = Api(http, settings).as_(Role.CLINICIAN, house.tenant, "practitioner-0")
        process, used = psutil.Process(server.process.pid), list[int]()
        for _ in range(20):
            for few in (made[at : at + 8] for at in range(0, len(made), 8)):
                await asyncio.gather(*(answers_well(who, *each) for each in few))
            used.append(process.memory_info().rss // 2**20)
    assert used[-1] - used[0] < 8, used
