"""@defer and @stream: in parts for those who accept them, in both forms that clients know."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from auth import Role
from loaders.by_id import ById
from tests.api import Api
from tests.endpoint.asking import EVENTS, GRAPHQL, JSON, MULTIPART, ask, codes, type_of
from tests.factories import House
from tests.listening import Listener

OF_2022 = f"{MULTIPART}; deferSpec=20220824"
DEFERRED = """
query ($id: ID!, $defer: Boolean = true) {
  node(id: $id) { id ... on Patient @defer(if: $defer, label: "later") { name notes { edges { node { text } } } } }
}
"""
STREAMED = '{ notes { edges @stream(initialCount: 1, label: "rest") { node { text } } } }'
TEXTS = ["Third.", "Second.", "First."]


def parts(response: httpx.Response) -> list[dict[str, Any]]:
    if type_of(response) == EVENTS:
        assert "\r" not in response.text
        *events, done = response.text.removesuffix("\n\n").split("\n\n")
        assert done == "event: complete\ndata:"
        return [json.loads(event.removeprefix("event: next\ndata: ")) for event in events]
    assert response.text.startswith("\r\n---\r\n")
    assert response.text.endswith("\r\n-----\r\n")
    bodies = response.text.removesuffix("\r\n-----\r\n").split("\r\n---\r\n")[1:]
    return [json.loads(body.partition("\r\n\r\n")[2]) for body in bodies]


@pytest.fixture
async def who(api: Api, house: House) -> Api:
    for text in reversed(TEXTS):
        await house.note(text=text)
    return api.as_(Role.CLINICIAN, house.tenant)


def deferred(house: House, **variables: Any) -> dict[str, Any]:
    return {"query": DEFERRED, "variables": {"id": house.gid("Patient", house.patients[0]), **variables}}


@pytest.mark.parametrize("accept", [MULTIPART, EVENTS, f"{MULTIPART};incrementalSpec=v0.2"])
async def test_the_current_form(who: Api, house: House, accept: str) -> None:
    response = await ask(who, deferred(house), accept)
    assert (response.status_code, type_of(response)) == (200, accept.partition(";")[0])
    if MULTIPART in accept:
        assert response.headers["content-type"] == "; ".join([f'{MULTIPART}; boundary="-"', *accept.split(";")[1:]])
    first, *later = parts(response)
    id_ = house.gid("Patient", house.patients[0])
    assert first == {
        "data": {"node": {"id": id_}},
        "pending": [{"id": "0", "path": ["node"], "label": "later"}],
        "hasNext": True,
    }
    edges = [{"node": {"text": text}} for text in TEXTS]
    [came] = [each for part in later for each in part.get("incremental", ())]
    assert came == {"data": {"name": "Cora One", "notes": {"edges": edges}}, "id": "0"}
    assert [each for part in later for each in part.get("completed", ())] == [{"id": "0"}]
    assert [part["hasNext"] for part in later][-1] is False


async def test_the_form_of_2022(who: Api, house: House) -> None:
    response = await ask(who, deferred(house), f"{OF_2022}, {JSON}")
    assert response.headers["content-type"] == f'{MULTIPART}; boundary="-"; deferSpec=20220824'
    first, *later = parts(response)
    assert first == {"data": {"node": {"id": house.gid("Patient", house.patients[0])}}, "hasNext": True}
    [came] = [each for part in later for each in part.get("incremental", ())]
    assert (came["path"], came["label"], came["data"]["name"]) == (["node"], "later", "Cora One")
    assert later[-1]["hasNext"] is False


async def test_a_stream_in_both_forms(who: Api) -> None:
    edges = [{"node": {"text": text}} for text in TEXTS]
    current = parts(await ask(who, {"query": STREAMED}, MULTIPART))
    assert current[0]["data"] == {"notes": {"edges": edges[:1]}}
    came = [each for part in current for each in part.get("incremental", ())]
    assert [item for each in came for item in each["items"]] == edges[1:]
    of_2022 = parts(await ask(who, {"query": STREAMED}, OF_2022))
    came = [each for part in of_2022 for each in part.get("incremental", ())]
    assert [item for each in came for item in each["items"]] == edges[1:]
    at = 1
    for each in came:
        assert (each["path"], each["label"]) == (["notes", "edges", at], "rest")
        at += len(each["items"])


async def test_without_a_stream_it_is_an_error_before_anything_runs(who: Api, house: House) -> None:
    create = "mutation ($input: CreateNoteInput!) { createNote(input: $input) { ... @defer { note { id } } } }"
    input_ = {"patientId": house.gid("Patient", house.patients[0]), "category": "PROGRESS", "text": "Ate well."}
    for accept, status in ((JSON, 200), (GRAPHQL, 406), ("*/*", 200)):
        for body in (deferred(house), {"query": create, "variables": {"input": input_}}):
            response = await ask(who, body, accept)
            assert (response.status_code, codes(response.json())) == (status, ["BAD_USER_INPUT"])
            assert "multipart/mixed" in response.json()["errors"][0]["message"]
    assert await house.pool.fetchval("SELECT count(*) FROM notes WHERE tenant_id = $1", house.tenant) == 3


async def test_what_defers_nothing_is_answered_at_once(who: Api, house: House) -> None:
    for accept in (GRAPHQL, f"{GRAPHQL}, {MULTIPART}"):
        response = await ask(who, deferred(house, defer=False), accept)
        assert (response.status_code, type_of(response)) == (200, GRAPHQL)
        assert response.json()["data"]["node"]["name"] == "Cora One"


async def test_a_bug_in_a_part_is_masked(who: Api, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail_to_load(*_: Any) -> list[Any]:
        raise RuntimeError("SECRET")

    monkeypatch.setattr(ById, "fetch", fail_to_load)
    document = '{ notes { edges { node { id ... @defer(label: "later") { author { name } } } } } }'
    for accept in (MULTIPART, OF_2022):
        with Listener() as log:
            response = await ask(who, {"query": document}, accept)
        came = [each for part in parts(response) for each in part.get("incremental", ())]
        found = [error for each in came for error in each.get("errors", ())]
        assert [error["extensions"]["code"] for error in found] == ["INTERNAL"] * 3
        assert "SECRET" not in response.text + log.text


async def test_who_is_unknown_is_refused_with_a_status(api: Api, house: House) -> None:
    stranger = api.as_(Role.CLINICIAN, UUID(int=7))
    response = await ask(stranger, {"query": STREAMED}, MULTIPART)
    assert (response.status_code, codes(response.json())) == (401, ["UNAUTHENTICATED"])
