"""Large answers are compressed as the client likes it, small ones are not."""

import pytest

from auth import Role
from tests.api import Api
from tests.endpoint.asking import GRAPHQL, MULTIPART, ask
from tests.factories import House

LARGE = {"query": "{ __schema { types { name description } } }"}
SMALL = {"query": "{ viewer { role } }"}


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "br"), ("gzip", "gzip"), ("identity", None), ("zstd;q=0", None)],
)
async def test_by_accept_encoding(api: Api, house: House, accepts: str, encoding: str | None) -> None:
    who = api.as_(Role.READER, house.tenant)
    plain = await ask(who, LARGE, GRAPHQL, Accept_Encoding="identity")
    response = await ask(who, LARGE, GRAPHQL, Accept_Encoding=accepts)
    assert response.headers.get("content-encoding") == encoding
    assert response.json() == plain.json()
    assert "Accept-Encoding" in response.headers["vary"]
    if encoding:
        assert int(response.headers["content-length"]) * 3 < int(plain.headers["content-length"])


async def test_small_answers_are_left_alone(api: Api, house: House) -> None:
    response = await ask(api.as_(Role.READER, house.tenant), SMALL, Accept_Encoding="gzip, br, zstd")
    assert "content-encoding" not in response.headers


async def test_parts_come_as_they_are(api: Api, house: House) -> None:
    who = api.as_(Role.READER, house.tenant)
    deferred = {"query": "{ __schema { types { name } } ... @defer { viewer { subject } } }"}
    response = await ask(who, deferred, MULTIPART, Accept_Encoding="gzip, br, zstd")
    assert "content-encoding" not in response.headers
    assert response.text.count("hasNext") == 2
