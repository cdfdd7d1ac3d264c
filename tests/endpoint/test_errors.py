"""A bug is told by its reference alone, and logged without the values at hand. What is no GraphQL gets JSON all the same."""

import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from auth import Role, Tokens
from config import Settings
from endpoint import arguments
from loaders.by_id import ById
from tests.api import Api
from tests.conftest import TestDatabase
from tests.factories import House
from tests.listening import Listener
from tests.resolvers.writing import by_variables, right
from tests.serving import serving

SECRET = "Patient refused the quetiapine"


def internal(response: httpx.Response, error: dict[str, Any], log: Listener) -> dict[str, Any]:
    """Checks an error that is a bug's, and returns its line in the log."""
    reference = response.headers["X-Correlation-ID"]
    assert error["extensions"] == {"code": "INTERNAL", "correlationId": reference}
    assert error["message"] == f"Something went wrong on our side. If you report it, give this reference: {reference}"
    gc.collect()  # so that asyncio speaks up about what nobody awaited
    assert SECRET not in log.text
    assert SECRET not in response.text
    bug: dict[str, Any] = next(event for event in log.events if event["event"] == "bug")
    assert bug["correlation_id"] == reference
    assert reference in next(line for line in log.lines if "bug" in line)
    assert "Traceback" not in response.text
    return bug


async def test_a_bug_in_a_loader(api: Api, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail_to_load(_: Any, keys: list[UUID], columns: object) -> list[Any]:
        raise RuntimeError(f"{SECRET}: {keys}")

    note = await house.note(text=SECRET)
    monkeypatch.setattr(ById, "fetch", fail_to_load)
    with Listener() as log:
        response = await api.as_(Role.CLINICIAN, house.tenant).post(
            "{ notes { edges { node { id patient { name } } } } patients { totalCount } }"
        )
    assert response.status_code == 200
    answer = response.json()
    # What can be null is null, and the rest of the answer is there.
    assert answer["data"] == {
        "notes": {"edges": [{"node": {"id": house.gid("Note", note), "patient": None}}]},
        "patients": {"totalCount": 3},
    }
    [error] = answer["errors"]
    assert error["path"] == ["notes", "edges", 0, "node", "patient"]
    bug = internal(response, error, log)
    assert bug["exceptions"][0]["type"] == "RuntimeError"
    assert any(frame.endswith(" fail_to_load") for frame in bug["exceptions"][0]["trace"])


@pytest.fixture
async def broken(fresh_database: TestDatabase, settings: Settings) -> AsyncIterator[tuple[Api, House]]:
    """CareNotes on a database of its own, for breaking."""
    own = settings.model_copy(
        update={"database_url": fresh_database.app_url, "migration_database_url": fresh_database.owner_url}
    )
    async with asyncpg.create_pool(fresh_database.owner_url, min_size=1, max_size=1) as owner:
        house = await House.build(owner)
        async with serving(own) as address, httpx.AsyncClient(base_url=address) as http:
            yield Api(http, own).as_(Role.CLINICIAN, house.tenant, "practitioner-0"), house


@pytest.mark.parametrize(
    "fault",
    [
        "ALTER TABLE notes DROP COLUMN priority",
        # PostgreSQL quotes the whole row in the detail of this error.
        f"ALTER TABLE notes ADD CONSTRAINT notes_broken_check CHECK (text <> '{SECRET}')",
        "DROP INDEX notes_search; ALTER TABLE notes ALTER COLUMN text TYPE int USING 0",
        "REVOKE INSERT ON notes FROM carenotes_app",
        "ALTER TABLE notes RENAME TO noten",
    ],
)
async def test_a_bug_in_the_database(broken: tuple[Api, House], fault: str) -> None:
    """Statement, parameters and the driver's message hold what was written: none of them is shown or logged."""
    who, house = broken
    document, variables = by_variables("createNote", await right("createNote", house) | {"text": SECRET})
    await house.pool.execute(fault)
    with Listener() as log:
        response = await who.post(document, **variables)
    assert response.status_code == 200
    assert response.json()["data"] == {"createNote": None}
    bug = internal(response, response.json()["errors"][0], log)
    assert any(" create_note" in frame for each in bug["exceptions"] for frame in each["trace"])
    assert "INSERT" not in log.text
    assert await house.pool.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_a_bug_before_any_field(api: Api, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    who = api.as_(Role.CLINICIAN, house.tenant)

    async def fail_to_verify(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(Tokens, "verify", fail_to_verify)
    with Listener() as log:
        response = await who.post("{ viewer { role } }")
    assert (response.status_code, response.headers["content-type"]) == (500, "application/json")
    internal(response, response.json()["errors"][0], log)
    assert next(event for event in log.events if event["event"] == "request")["status"] == 500


async def test_every_answer_and_every_line_has_a_reference(api: Api, http: httpx.AsyncClient) -> None:
    """A client's own is kept where it is a UUID, and nothing else of its making reaches the log."""
    mine = uuid4().hex
    for sent, kept in ((mine, True), (f"{mine} {SECRET}", False), ("", False), (SECRET * 9, False)):
        for path in ("/graphql", "/health/live", "/nope"):
            with Listener() as log:
                response = await http.get(path, headers={"X-Correlation-ID": sent})
            reference = response.headers["X-Correlation-ID"]
            assert UUID(reference)
            assert (reference == mine) is kept
            assert SECRET not in log.text
            events = [event for event in log.events if event["event"] == "request"]
            assert all(event["correlation_id"] == reference for event in events)
            assert len(events) == (path != "/health/live")  # a probe's line is for debugging


GOOD = json.dumps({"query": "{ viewer { role } }"})
MALFORMED: list[tuple[str, dict[str, Any], int, str]] = [
    *(
        (f"body {body[:12]!r}", {"content": body}, 400, "BAD_USER_INPUT")
        for body in (
            b"",
            b"{",
            b"null",
            b"5",
            b'"x"',
            b"[]",
            b"{}",
            b'{"query": 5}',
            b'{"query": ""}',
            b"\xff\xfe",
            b"[" * 5000,
            b'{"query": "{ viewer { role } }", "variables": []}',
            b'{"query": "{ viewer { role } }", "extensions": 5}',
            b'{"documentId": 5}',
            b'{"query": 5, "documentId": "x"}',
        )
    ),
    *(
        (f"operation {body[:20]!r}", {"content": body}, 200, "BAD_USER_INPUT")
        for body in (
            b'{"query": "{ viewer { role } }", "operationName": "Nope"}',
            b'{"query": "query A { viewer { role } } query B { viewer { role } }"}',
        )
    ),
    ("text", {"content": GOOD, "headers": {"Content-Type": "text/plain"}}, 415, "BAD_USER_INPUT"),
    (
        "latin",
        {"content": GOOD, "headers": {"Content-Type": "application/json; charset=latin-1"}},
        415,
        "BAD_USER_INPUT",
    ),
    ("no type", {"content": GOOD, "headers": {"Content-Type": ""}}, 415, "BAD_USER_INPUT"),
    (
        "form",
        {"content": b"query=x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        415,
        "BAD_USER_INPUT",
    ),
    (
        "mutation by GET",
        {"method": "GET", "params": {"query": 'mutation { signNote(input: {id: "1"}) { note { id } } }'}},
        405,
        "BAD_USER_INPUT",
    ),
    (
        "variables by GET",
        {"method": "GET", "params": {"query": "{ viewer { role } }", "variables": "nope"}},
        400,
        "BAD_USER_INPUT",
    ),
    ("nothing by GET", {"method": "GET"}, 400, "BAD_USER_INPUT"),
    *((method, {"method": method}, 405, "BAD_USER_INPUT") for method in ("DELETE", "PATCH", "OPTIONS")),
    ("no path", {"url": "/nope"}, 404, "NOT_FOUND"),
    ("no asset", {"method": "GET", "url": "/assets/../../config.py"}, 404, "NOT_FOUND"),
    ("POST to a probe", {"url": "/health/live"}, 405, "BAD_USER_INPUT"),
    ("syntax", {"content": b'{"query": "{ viewer { role }"}'}, 200, "GRAPHQL_PARSE_FAILED"),
    ("too deep", {"content": json.dumps({"query": "{ a " * 5000})}, 200, "GRAPHQL_PARSE_FAILED"),
    ("unknown field", {"content": b'{"query": "{ nope }"}'}, 200, "GRAPHQL_VALIDATION_FAILED"),
    (
        "unknown argument",
        {"content": b'{"query": "{ notes(nope: 1) { totalCount } }"}'},
        200,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    ("no operation", {"content": b'{"query": "fragment A on Query { __typename }"}'}, 200, "GRAPHQL_VALIDATION_FAILED"),
    ("no such root", {"content": b'{"query": "subscription { nope }"}'}, 200, "GRAPHQL_VALIDATION_FAILED"),
]


@pytest.mark.parametrize(
    ("request_", "status", "code"), [each[1:] for each in MALFORMED], ids=[each[0] for each in MALFORMED]
)
async def test_malformed(api: Api, house: House, request_: dict[str, Any], status: int, code: str) -> None:
    token = api.as_(Role.CLINICIAN, house.tenant).token
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = {"method": "POST", "url": "/graphql"} | request_ | {"headers": headers | request_.get("headers", {})}
    with Listener() as log:
        response = await api.http.request(**request)
    assert response.status_code == status
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": code}
    assert error["message"]
    assert not [event for event in log.events if event["event"] == "bug"]


async def test_a_body_in_many_pieces(api: Api, house: House) -> None:
    """Without a Content-Length, what arrives is counted."""
    token = api.as_(Role.CLINICIAN, house.tenant).token
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    async def pieces(count: int) -> AsyncIterator[bytes]:
        yield GOOD[:-1].encode()
        for _ in range(count):
            yield b" " * 65536
        yield b"}"

    assert (await api.http.post("/graphql", content=pieces(15), headers=headers)).json() == {
        "data": {"viewer": {"role": "CLINICIAN"}}
    }
    response = await api.http.post("/graphql", content=pieces(17), headers=headers)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (413, "BAD_USER_INPUT")


async def test_many_errors_cost_one_reading_of_the_document(api: Api, house: House) -> None:
    """The argument's path is found for each of them, in a document that is read once, however many they are."""
    fields = " ".join(f'a{n}: notes(first: "x") {{ totalCount }}' for n in range(50))
    with counted(arguments, "parse") as parsed:
        answer = await api.as_(Role.READER, house.tenant).answer(f"{{ {fields} }}")
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "argument": ["first"]}
    ] * 50
    assert parsed == [1]


@contextmanager
def counted(module: ModuleType, name: str) -> Iterator[list[int]]:
    """How often the module calls the function."""
    calls, function = [0], getattr(module, name)

    def counting(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        return function(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, counting)
        yield calls
