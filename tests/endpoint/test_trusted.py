"""Trusted documents: a manifest, and in production nothing else."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from auth import Role
from config import Settings
from endpoint import trusted
from endpoint.engine import create_engine
from errors import Misconfigured
from tests.api import Api
from tests.endpoint.asking import GRAPHQL, ask, codes, get
from tests.endpoint.live.sockets import connected
from tests.factories import House
from tests.serving import serving

ROLE = "query Role { viewer { role } }"
NOTES = "query Notes($first: Int) { notes(first: $first) { edges { node { text } } } }"
MANIFEST = {sha256(ROLE.encode()).hexdigest(): ROLE, "notes-1": NOTES}
APOLLOS = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": id_, "name": "?", "type": "query", "body": body} for id_, body in MANIFEST.items()],
}
ROLE_ID, NOTES_ID = MANIFEST


@pytest.fixture(scope="module", params=["production", "development"])
async def served(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Api]:
    manifest = tmp_path_factory.mktemp("trusted") / "persisted.json"
    manifest.write_bytes(orjson.dumps(MANIFEST if request.param == "production" else APOLLOS))
    own = settings.model_copy(update={"trusted_documents": manifest, "environment": request.param})
    async with serving(own) as address, httpx.AsyncClient(base_url=address) as http:
        yield Api(http, own)


async def test_named_by_id(served: Api, house: House) -> None:
    await house.note(text="Slept.")
    who = served.as_(Role.CLINICIAN, house.tenant)
    role = {"data": {"viewer": {"role": "CLINICIAN"}}}
    for body in (
        {"documentId": ROLE_ID},
        {"documentId": f"sha256:{ROLE_ID}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ROLE_ID}}},
    ):
        assert (await ask(who, body)).json() == role
    notes = await ask(who, {"documentId": NOTES_ID, "variables": {"first": 1}})
    assert notes.json() == {"data": {"notes": {"edges": [{"node": {"text": "Slept."}}]}}}
    assert codes((await ask(who, {"documentId": "nope"})).json()) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_free_text_in_development_only(served: Api, house: House) -> None:
    who = served.as_(Role.CLINICIAN, house.tenant)
    free = "{ viewer { subject } }"
    named = {"persistedQuery": {"version": 1, "sha256Hash": sha256(free.encode()).hexdigest()}}
    for body in ({"query": free}, {"query": free, "extensions": named}):
        response = await ask(who, body, GRAPHQL)
        if served.settings.environment == "development":
            assert response.status_code == 200
        else:
            assert (response.status_code, codes(response.json())) == (403, ["PERSISTED_QUERY_ID_REQUIRED"])


async def test_the_same_over_a_websocket(served: Api, house: House) -> None:
    who = served.as_(Role.CLINICIAN, house.tenant)
    async with connected(str(served.http.base_url)) as socket:
        await socket.tell({"type": "connection_init", "payload": {"token": who.token}})
        assert (await socket.hear())["type"] == "connection_ack"
        await socket.tell({"type": "subscribe", "id": "1", "payload": {"documentId": ROLE_ID}})
        assert await socket.next("1") == {"data": {"viewer": {"role": "CLINICIAN"}}}
        assert (await socket.hear())["type"] == "complete"
        await socket.subscribe("2", "{ viewer { subject } }")
        told = await socket.hear()
        if served.settings.environment == "development":
            assert told["type"] == "next"
        else:
            assert codes({"errors": told["payload"]}) == ["PERSISTED_QUERY_ID_REQUIRED"]


async def test_known_answers_are_not_sent_again(served: Api, house: House, other_house: House) -> None:
    await house.note(text="Slept.")
    who = served.as_(Role.CLINICIAN, house.tenant)
    asked: dict[str, Any] = {"documentId": NOTES_ID, "variables": {"first": 1}}
    first = await get(who, **asked)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', "*"):
        again = await get(who, headers={"If-None-Match": known}, **asked)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await get(who, headers={"If-None-Match": 'W/"other"'}, **asked)).status_code == 200
    await house.note(text="Ate.")
    changed = await get(who, headers={"If-None-Match": tag}, **asked)
    assert changed.json()["data"]["notes"]["edges"][0]["node"]["text"] == "Ate."
    other = served.as_(Role.CLINICIAN, other_house.tenant)
    assert (await get(other, headers={"If-None-Match": tag}, **asked)).json()["data"]["notes"] == {"edges": []}
    for response in (await ask(who, asked), await get(who, documentId=NOTES_ID, variables={"first": "x"})):
        assert "etag" not in response.headers
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no manifest"),
        (b"[]", "no manifest"),
        (b'{"a": 5}', "no manifest"),
        (b'{"format": "apollo-persisted-query-manifest"}', "no manifest"),
        (
            b'{"a": "{ viewer { role } }", "b": "{ nope }"}',
            "1 of 2 do not fit the schema. b: Cannot query field 'nope'",
        ),
    ],
)
def test_a_manifest_that_cannot_be_served(content: bytes, complaint: str, settings: Settings, tmp_path: Path) -> None:
    documents = create_engine(settings).documents
    (path := tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(Misconfigured, match=complaint):
        trusted.load(path, documents)
    with pytest.raises(Misconfigured, match="no manifest"):
        trusted.load(tmp_path / "nowhere.json", documents)
