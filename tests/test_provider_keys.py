"""Tokens of an identity provider: RS256 and ES256, verified with the keys it publishes."""

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import auth
from auth import Role
from config import Settings
from tests.factories import House
from tests.serving import serving
from tests.test_auth import part, refuses

ISSUER = "https://id.house.example"
INVALID = "This token is not valid."

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Provider:
    """Publishes a key set over HTTP, and counts how often it is fetched. `answer` replaces what it says."""

    def __init__(self, keys: dict[str, Key]) -> None:
        self.fetched = 0
        self.answer: bytes | None = None
        self.keys = dict(keys)

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.fetched += 1
        body = self.answer if self.answer is not None else json.dumps({"keys": self._published()}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    def _published(self) -> list[dict[str, Any]]:
        return [{**_jwk(key), "kid": kid, "use": "sig"} for kid, key in self.keys.items()]

    def issue(self, house: House, kid: str, **changes: Any) -> str:
        claims = {"sub": "somebody", "role": "ADMIN", "tenant": str(house.tenant), "aud": "carenotes", "iss": ISSUER}
        content = {**claims, "exp": int(time.time()) + 60, **changes}
        key = self.keys[kid]
        return jwt.encode(
            {name: value for name, value in content.items() if value is not None},
            key,
            algorithm="RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256",
            headers={"kid": kid},
        )


def _jwk(key: Key) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        return jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)


def make_keys() -> dict[str, Key]:
    return {
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ec": ec.generate_private_key(ec.SECP256R1()),
    }


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    return make_keys()


@pytest.fixture
async def provider(keys: dict[str, Key]) -> AsyncIterator[Provider]:
    provider = Provider(keys)
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def trusting(settings: Settings, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    """CareNotes as one sets it up with a provider: no secret of its own."""
    address = f"http://127.0.0.1:{provider.port}/keys"
    ours = Settings(**settings.model_dump() | {"jwt_secret": None, "jwt_jwks_url": address, "jwt_issuer": ISSUER})
    async with serving(ours) as server, httpx.AsyncClient(base_url=server, timeout=30) as client:
        yield client


async def viewer(client: httpx.AsyncClient, token: str) -> httpx.Response:
    asked = {"query": "{ viewer { role tenant { name } } }"}
    return await client.post("/graphql", json=asked, headers={"Authorization": f"Bearer {token}"})


def accepts(response: httpx.Response) -> None:
    assert response.status_code == 200
    assert response.json() == {"data": {"viewer": {"role": "ADMIN", "tenant": {"name": "A house"}}}}


def is_unavailable(response: httpx.Response) -> None:
    assert response.status_code == 503
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}


@pytest.mark.parametrize("kid", ["rsa", "ec"])
async def test_its_tokens_are_accepted(trusting: httpx.AsyncClient, provider: Provider, house: House, kid: str) -> None:
    for _ in range(3):
        accepts(await viewer(trusting, provider.issue(house, kid)))
    assert provider.fetched == 1, "the keys are kept"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exp": 1}, "This token has expired."),
        ({"aud": "elsewhere"}, "This token is for another service."),
        ({"iss": "https://elsewhere.example"}, INVALID),
        ({"iss": None}, INVALID),
        ({"role": "PLATFORM_ADMIN"}, INVALID),
    ],
    ids=repr,
)
async def test_its_claims_are_checked_as_ours_are(
    trusting: httpx.AsyncClient, provider: Provider, house: House, changes: dict[str, Any], message: str
) -> None:
    refuses(await viewer(trusting, provider.issue(house, "ec", **changes)), message)


async def test_what_others_signed_is_refused(trusting: httpx.AsyncClient, provider: Provider, house: House) -> None:
    forger = Provider(make_keys())
    for kid in provider.keys:
        refuses(await viewer(trusting, forger.issue(house, kid)), INVALID)
    forger.keys["rsa"], forger.keys["ec"] = provider.keys["ec"], provider.keys["rsa"]
    for kid in provider.keys:
        refuses(await viewer(trusting, forger.issue(house, kid)), INVALID)


@pytest.mark.parametrize("form", ["PEM", "DER", "JWK"])
async def test_a_public_key_is_no_secret(
    trusting: httpx.AsyncClient, provider: Provider, house: House, form: str
) -> None:
    """RFC 8725, section 2.1: an HS256 signature made with the RS256 key, which everybody knows."""
    key = provider.keys["rsa"]
    secret = json.dumps(_jwk(key)).encode()
    if form != "JWK":
        secret = key.public_key().public_bytes(getattr(Encoding, form), PublicFormat.SubjectPublicKeyInfo)
    content = provider.issue(house, "rsa").split(".")[1]
    body = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{content}"
    forged = f"{body}.{part(hmac.digest(secret, body.encode(), 'sha256'))}"
    refuses(await viewer(trusting, forged), INVALID)


async def test_a_secret_of_ours_works_beside_the_provider(settings: Settings, provider: Provider, house: House) -> None:
    both = Settings(**settings.model_dump() | {"jwt_jwks_url": f"http://127.0.0.1:{provider.port}/"})
    tokens = auth.Tokens(both)
    principal = auth.Principal(house.tenant, "somebody", Role.ADMIN)
    assert await tokens.verify(tokens.issue(principal, 60)) == principal
    assert await tokens.verify(provider.issue(house, "rsa")) == principal


async def test_invented_key_ids_do_not_make_us_a_nuisance(
    trusting: httpx.AsyncClient, provider: Provider, house: House
) -> None:
    """At most one look at the keys in ten seconds, however many tokens name keys that nobody has."""
    invented = Provider({f"key-{n}": provider.keys["ec"] for n in range(40)})
    tokens = [invented.issue(house, kid) for kid in invented.keys]
    for response in await asyncio.gather(*(viewer(trusting, token) for token in tokens)):
        refuses(response, INVALID)
    for token in tokens[:5]:
        refuses(await viewer(trusting, token), INVALID)
    assert provider.fetched == 1
    accepts(await viewer(trusting, provider.issue(house, "ec")))


async def test_a_new_key_is_fetched_when_it_is_first_met(
    trusting: httpx.AsyncClient, provider: Provider, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "FETCH_INTERVAL", 0.0)
    accepts(await viewer(trusting, provider.issue(house, "rsa")))
    provider.keys["rotated"] = ec.generate_private_key(ec.SECP256R1())
    accepts(await viewer(trusting, provider.issue(house, "rotated")))
    assert provider.fetched == 2


async def test_a_withdrawn_key_is_refused_once_the_keys_are_looked_at_anew(
    trusting: httpx.AsyncClient, provider: Provider, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "KEYS_KEPT", 0.0)
    token = provider.issue(house, "rsa")
    accepts(await viewer(trusting, token))
    del provider.keys["rsa"]
    refuses(await viewer(trusting, token), INVALID)


async def test_while_the_provider_is_away_we_are_too_and_then_no_more(
    trusting: httpx.AsyncClient, provider: Provider, house: House
) -> None:
    token = provider.issue(house, "ec")
    await provider.stop()
    for response in await asyncio.gather(*(viewer(trusting, token) for _ in range(5))):
        is_unavailable(response)
    await provider.start(provider.port)
    accepts(await viewer(trusting, token))


@pytest.mark.parametrize("answer", [b"<html>Sign in</html>", b"[]", b"{}", b'{"keys": []}', b"", b"\xff\xfe"], ids=repr)
async def test_a_provider_that_talks_nonsense_is_unavailable(
    trusting: httpx.AsyncClient, provider: Provider, house: House, answer: bytes
) -> None:
    token, provider.answer = provider.issue(house, "ec"), answer
    is_unavailable(await viewer(trusting, token))
    provider.answer = None
    accepts(await viewer(trusting, token))
