"""Every example of `docs/api.md` works, on demo data, and every code has its place there."""

import ast
import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

import errors
from auth import Principal, Role, Tokens
from config import Settings
from db.demo import FIRST_SLUG, Plan, load, quarter
from tests.api import Api
from tests.conftest import DatabaseMaker
from tests.docs.reading import DOCS, anchors, blocks, curl
from tests.guards.sources import sources
from tests.serving import serving

PAGE = (DOCS / "api.md").read_text()
LINES = blocks(PAGE, "sh")
SUBSCRIPTIONS = [document for document in blocks(PAGE, "graphql") if document.startswith("subscription")]
DOCUMENTS = [document for document in blocks(PAGE, "graphql") if document not in SUBSCRIPTIONS]
WRITING = next(document for document in DOCUMENTS if "createNote" in document)


@pytest.fixture(scope="module")
async def clinician(make_database: DatabaseMaker, settings: Settings) -> AsyncIterator[Api]:
    """A clinician of the demo's first tenant."""
    database = await make_database()
    now = quarter(datetime.now(UTC))
    await load(database.owner_url, Plan(notes=300, tenants=1, days=20, seed=1, until=now), lambda *_: None)
    owner = await asyncpg.connect(database.owner_url)
    row = await owner.fetchrow(
        """SELECT t.id, p.subject FROM tenants t JOIN practitioners p ON p.tenant_id = t.id
           WHERE t.slug = $1 ORDER BY p.id LIMIT 1""",
        FIRST_SLUG,
    )
    await owner.close()
    assert row is not None
    ours = settings.model_copy(update={"database_url": database.app_url, "relaying": True})
    token = Tokens(ours).issue(Principal(row["id"], row["subject"], Role.CLINICIAN), 600)
    async with serving(ours) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        yield Api(http, ours, token)


@pytest.fixture(scope="module")
async def values(clinician: Api) -> dict[str, Any]:
    """For the variables of the examples, by their names."""
    found = await clinician.ask(
        """{ notes(first: 1, filter: {statuses: [PRELIMINARY]}) {
               edges { node { id version patient { id } facility { id } } } } }"""
    )
    [edge] = found["notes"]["edges"]
    note = edge["node"]
    return {
        "noteId": note["id"],
        "version": note["version"],
        "patientId": note["patient"]["id"],
        "key": str(uuid4()),
        "date": datetime.now(UTC).date().isoformat(),
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.split("(")[0].split("{")[0].strip())
async def test_an_example_works(document: str, clinician: Api, values: dict[str, Any]) -> None:
    given = {name: value for name, value in values.items() if f"${name}:" in document}
    data = await clinician.ask(document, **given)
    assert all(value is not None for value in data.values()), data
    if "$after:" in document:
        [page] = data.values()
        after = await clinician.ask(document, after=page["pageInfo"]["endCursor"])
        assert after != data


@pytest.mark.parametrize("document", SUBSCRIPTIONS)
async def test_a_subscription_tells_of_what_is_written(document: str, clinician: Api, values: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {clinician.token}", "Accept": "text/event-stream"}
    asked = clinician.http.stream("POST", "/graphql", json={"query": document}, headers=headers)
    async with asyncio.timeout(20), asked as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        lines = response.aiter_lines()
        told = asyncio.ensure_future(anext(line async for line in lines if line.startswith("data: {")))
        while not told.done():
            # It may begin to follow after the first one.
            await clinician.ask(WRITING, patientId=values["patientId"], key=str(uuid4()))
            await asyncio.wait([told], timeout=0.5)
    event = json.loads(told.result().removeprefix("data: "))["data"]["noteEvents"]
    assert (event["kind"], event["node"]["status"]) == ("CREATED", "PRELIMINARY")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("http")[0])
async def test_a_line_of_curl_works(line: str, clinician: Api) -> None:
    asked = curl(line, clinician.token or "")
    response = await clinician.http.request(
        asked.method, asked.path, headers=asked.headers, content=asked.body, params=asked.parameters or None
    )
    assert response.status_code == 200
    assert "errors" not in response.json()


def codes() -> set[str]:
    """Those of our errors, and those that the endpoint gives what graphql-core finds."""
    ours = {
        each.code for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.CareError)
    }
    # Of refusals that are about persisted documents.
    refused = {
        argument.value
        for path, tree in sources()
        if path.startswith("endpoint/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
        for argument in node.args[2:]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert refused >= {"PERSISTED_QUERY_NOT_FOUND"}
    return ours | refused | {"INTERNAL", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}


def test_every_code_has_its_place() -> None:
    assert {code.lower().replace("_", "-") for code in codes()} <= anchors(PAGE)
    assert all(f"### `{code}`" in PAGE for code in codes())


def test_there_are_examples_of_every_kind() -> None:
    assert len(DOCUMENTS) >= 7
    assert len(LINES) >= 2
    assert len(SUBSCRIPTIONS) >= 1
