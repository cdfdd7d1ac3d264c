"""Automatic persisted queries, after Apollo's protocol."""

from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis

from auth import Role
from config import Settings
from db.cache.documents import PersistedDocuments
from db.redis import connect
from tests.api import Api
from tests.endpoint.asking import GRAPHQL, ask, codes, get
from tests.factories import House
from tests.serving import serving


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def by_hash(text: str, query: str | None = None) -> dict[str, Any]:
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashed(text)}}}
    return named if query is None else {"query": query, **named}


@pytest.fixture
def text() -> str:
    """A document that no other test knows."""
    return f"query Q{uuid4().hex} {{ viewer {{ subject }} }}"


async def test_registered_once_and_known_to_every_process(
    api: Api, house: House, settings: Settings, text: str
) -> None:
    who = api.as_(Role.READER, house.tenant, "me")
    for accept, status in (("application/json", 200), (GRAPHQL, 404)):
        response = await ask(who, by_hash(text), accept)
        assert (response.status_code, codes(response.json())) == (status, ["PERSISTED_QUERY_NOT_FOUND"])
        assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    expected = {"data": {"viewer": {"subject": "me"}}}
    assert (await ask(who, by_hash(text, text))).json() == expected
    assert (await ask(who, by_hash(text))).json() == expected
    assert (await get(who, extensions=by_hash(text)["extensions"])).json() == expected
    assert (await ask(who, {"documentId": f"sha256:{hashed(text)}"})).json() == expected
    async with serving(settings) as address, httpx.AsyncClient(base_url=address) as http:
        there = Api(http, settings, who.token)
        assert (await ask(there, by_hash(text))).json() == expected


async def test_another_tenant_does_not_know_it(api: Api, house: House, other_house: House, text: str) -> None:
    await ask(api.as_(Role.READER, house.tenant), by_hash(text, text))
    response = await ask(api.as_(Role.READER, other_house.tenant), by_hash(text))
    assert codes(response.json()) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_hash_of_something_else_is_refused(api: Api, house: House, text: str) -> None:
    who = api.as_(Role.READER, house.tenant)
    response = await ask(who, by_hash(text, "{ viewer { role } }"), GRAPHQL)
    assert (response.status_code, codes(response.json())) == (400, ["BAD_USER_INPUT"])
    assert codes((await ask(who, by_hash(text))).json()) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_what_is_wrong_is_not_kept(api: Api, house: House) -> None:
    who, wrong = api.as_(Role.READER, house.tenant), "{ nope }"
    assert codes((await ask(who, by_hash(wrong, wrong))).json()) == ["GRAPHQL_VALIDATION_FAILED"]
    assert codes((await ask(who, by_hash(wrong))).json()) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize("name", ["", "x", "sha256:", "\x00", "é" * 1000])
async def test_names_of_nothing(api: Api, house: House, name: str) -> None:
    who = api.as_(Role.READER, house.tenant)
    for body in ({"documentId": name}, {"extensions": {"persistedQuery": {"sha256Hash": name}}}):
        response = await ask(who, body)
        assert codes(response.json())[0] in ("PERSISTED_QUERY_NOT_FOUND", "BAD_USER_INPUT")


async def test_off(settings: Settings, house: House, text: str) -> None:
    off = settings.model_copy(update={"persisted_documents_limit": 0})
    async with serving(off) as address, httpx.AsyncClient(base_url=address) as http:
        who = Api(http, off).as_(Role.READER, house.tenant, "me")
        assert codes((await ask(who, by_hash(text))).json()) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
        assert (await ask(who, by_hash(text, text))).json() == {"data": {"viewer": {"subject": "me"}}}


async def test_bounded_in_bytes_and_time(settings: Settings) -> None:
    """What was asked for least recently goes first; another process asks Redis, and finds what is left."""
    tenant = uuid4()
    redis = connect(settings)
    mine = PersistedDocuments(redis, limit=1_600)
    texts = [f"{n:0100}" for n in range(40)]
    for text in texts:
        await mine.put(tenant, hashed(text), text)
        assert await PersistedDocuments(redis, 1_600).get(tenant, hashed(texts[0])) == texts[0]
    found = [await PersistedDocuments(redis, 1_600).get(tenant, hashed(text)) for text in texts]
    assert [text for text in found if text] == [texts[0], *texts[-15:]]
    keys = [f"documents:{{{tenant}}}", f"documents:{{{tenant}}}:used"]
    assert await redis.hget(keys[0], "") == b"1600"
    assert [await redis.ttl(key) > 86_400 for key in keys] == [True, True]
    await mine.put(tenant, hashed("x" * 101), "x" * 101)
    assert await mine.get(tenant, hashed("x" * 101)) is None, "one alone may not drive out all others"
    await redis.delete(keys[1])  # as a server may that is short of memory
    await mine.put(tenant, hashed("new"), "new")
    assert await redis.hgetall(keys[0]) == {b"": b"3", hashed("new").encode(): b"new"}
    await redis.aclose()


async def test_without_redis_each_process_knows_its_own() -> None:
    nowhere = PersistedDocuments(Redis(port=1), limit=1_600)
    tenant = uuid4()
    await nowhere.put(tenant, "hash", "{ viewer { role } }")
    assert await nowhere.get(tenant, "hash") == "{ viewer { role } }"
    assert await nowhere.get(tenant, "other") is None
