"""Who a token makes of its bearer, and what is said of one that is not accepted: over the wire."""

import base64
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from uuid_utils.compat import uuid7

from auth import Principal, Role, Tokens
from config import Settings
from errors import Unauthenticated
from tests.api import Api
from tests.conftest import SECRET
from tests.factories import House

ISSUER = "https://id.house.example"
VIEWER = "{ viewer { role subject tenant { name } } }"

MISSING = "Send a credential: `Authorization: Bearer <token or API key>`."
EXPIRED = "This token has expired."
ELSEWHERE = "This token is for another service."
INVALID = "This token is not valid."


def refuses(response: httpx.Response, message: str) -> None:
    """401 as RFC 6750 has it, and a body that tells this and nothing more."""
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "UNAUTHENTICATED"}}]}


def claims(house: House, **changes: Any) -> dict[str, Any]:
    """A good token's claims, with these changes; a claim that becomes None is left out."""
    good = {"sub": "somebody", "role": "ADMIN", "tenant": str(house.tenant), "aud": "carenotes", "exp": _in(hours=1)}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def _in(**duration: float) -> int:
    return int(time.time() + timedelta(**duration).total_seconds())


def signed(content: dict[str, Any], secret: str = SECRET, **header: Any) -> str:
    return jwt.encode(content, secret, algorithm="HS256", headers=header)


def part(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: object, content: object, secret: bytes = SECRET.encode()) -> str:
    """A token that no library would make, its signature right by HS256."""
    body = f"{part(header)}.{part(content)}"
    return f"{body}.{part(hmac.digest(secret, body.encode(), 'sha256'))}"


async def test_a_good_token_says_who_it_is(api: Api, house: House) -> None:
    data = await api.bearing(signed(claims(house))).ask(VIEWER)
    assert data == {"viewer": {"role": "ADMIN", "subject": "somebody", "tenant": {"name": "A house"}}}


@pytest.mark.parametrize("role", Role)
async def test_a_token_of_ours_is_good_for_its_role(api: Api, house: House, role: Role) -> None:
    viewer = (await api.as_(role, house.tenant, "me").ask("{ viewer { role subject } }"))["viewer"]
    assert viewer == {"role": role, "subject": "me"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic c29tZWJvZHk6c2VjcmV0", "Digest x", "somebody"], ids=repr)
async def test_no_credential(http: httpx.AsyncClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    refuses(await http.post("/graphql", json={"query": VIEWER}, headers=headers), MISSING)


async def test_the_scheme_may_be_in_any_case(http: httpx.AsyncClient, house: House) -> None:
    headers = {"Authorization": f"bEARER  {signed(claims(house))}"}
    assert (await http.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code == 200


WRONG_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": _in(minutes=-1)}, EXPIRED),
    "without an end": ({"exp": None}, INVALID),
    "an end that is no time": ({"exp": "tomorrow"}, INVALID),
    "not good yet": ({"nbf": _in(hours=1)}, INVALID),
    "issued in the future": ({"iat": _in(hours=1)}, INVALID),
    "for another service": ({"aud": "elsewhere"}, ELSEWHERE),
    "for other services": ({"aud": ["elsewhere", "anywhere"]}, ELSEWHERE),
    "for nobody": ({"aud": None}, INVALID),
    "an unknown role": ({"role": "OWNER"}, INVALID),
    "roles": ({"role": ["ADMIN"]}, INVALID),
    "no role": ({"role": None}, INVALID),
    "no subject": ({"sub": None}, INVALID),
    "an empty subject": ({"sub": ""}, INVALID),
    "an endless subject": ({"sub": "s" * 256}, INVALID),
    "no tenant": ({"tenant": None}, INVALID),
    "a tenant for the platform": ({"role": "PLATFORM_ADMIN"}, INVALID),
    "a tenant that is no UUID": ({"tenant": "a house"}, INVALID),
    "a tenant that is a number": ({"tenant": 7}, INVALID),
    "the platform's stand-in for a tenant": ({"tenant": "00000000-0000-0000-0000-000000000000"}, INVALID),
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
async def test_claims_that_are_not_accepted(api: Api, house: House, case: str) -> None:
    changes, message = WRONG_CLAIMS[case]
    refuses(await api.bearing(signed(claims(house, **changes))).post(VIEWER), message)


async def test_a_tenant_that_does_not_exist(api: Api, house: House) -> None:
    """Known only when its data is looked for; the whole request is refused all the same."""
    stranger = api.bearing(signed(claims(house, tenant=str(uuid7()))))
    refuses(await stranger.post(VIEWER), "The tenant of this credential does not exist.")
    refuses(
        await stranger.post("{ viewer { role } facilities { totalCount } }"),
        "The tenant of this credential does not exist.",
    )


@pytest.mark.parametrize("token", ["garbage", "a.b", "a.b.c", "..", "a.b.c.d.e", "null", "{}", "é.é.é"], ids=repr)
async def test_what_is_no_token(http: httpx.AsyncClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    response = await http.post("/graphql", json={"query": VIEWER}, headers=headers)  # type: ignore[arg-type]  # bytes do
    refuses(response, INVALID)


async def test_forged_with_another_secret(api: Api, house: House) -> None:
    refuses(await api.bearing(signed(claims(house), "another secret that is long enough")).post(VIEWER), INVALID)


async def test_a_changed_claim_breaks_the_signature(api: Api, house: House) -> None:
    head, _, signature = signed(claims(house, role="READER")).split(".")
    refuses(await api.bearing(f"{head}.{part(claims(house, role='ADMIN'))}.{signature}").post(VIEWER), INVALID)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, "HS384", "HS512", "hs256", ["HS256"], 256])
async def test_other_algorithms_are_not_accepted(api: Api, house: House, algorithm: object) -> None:
    header = {"alg": algorithm, "typ": "JWT"}
    unsigned = f"{part(header)}.{part(claims(house))}."
    refuses(await api.bearing(unsigned).post(VIEWER), INVALID)
    refuses(await api.bearing(by_hand(header, claims(house))).post(VIEWER), INVALID)


async def test_an_unsigned_token_in_the_name_of_hs256(api: Api, house: House) -> None:
    refuses(await api.bearing(f"{part({'alg': 'HS256'})}.{part(claims(house))}.").post(VIEWER), INVALID)


async def test_an_empty_secret_opens_nothing(api: Api, house: House) -> None:
    refuses(await api.bearing(by_hand({"alg": "HS256"}, claims(house), secret=b"")).post(VIEWER), INVALID)


@pytest.mark.parametrize(
    "header",
    [{"alg": "HS256", "crit": ["exp"]}, {"alg": "HS256", "b64": False, "crit": ["b64"]}, ["HS256"], "HS256", b"\xff"],
    ids=repr,
)
async def test_headers_that_are_not_understood(api: Api, house: House, header: object) -> None:
    refuses(await api.bearing(by_hand(header, claims(house))).post(VIEWER), INVALID)


@pytest.mark.parametrize("content", [[], "x", 7, None, b"\xff", b"[" * 20_000], ids=lambda it: repr(it)[:12])
async def test_contents_that_are_no_claims(api: Api, content: object) -> None:
    refuses(await api.bearing(by_hand({"alg": "HS256"}, content)).post(VIEWER), INVALID)


async def test_a_key_of_its_own_in_the_header_is_ignored(api: Api, house: House) -> None:
    """RFC 8725, section 3.10: who may choose the key may choose the answer."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    headers = {"jwk": jwk, "jku": "http://127.0.0.1:9/keys", "kid": "../../dev/null"}
    refuses(await api.bearing(jwt.encode(claims(house), key, algorithm="RS256", headers=headers)).post(VIEWER), INVALID)


async def test_a_refusal_reaches_no_resolver(api: Api, house: House, statements: list[str]) -> None:
    create = 'mutation { createFacility(input: {name: "F", timeZone: "UTC"}) { facility { id } } }'
    refuses(await api.bearing(signed(claims(house, exp=_in(minutes=-1)))).post(create), EXPIRED)
    assert not statements


async def test_a_suspended_tenant_is_closed_to_its_people_until_it_is_resumed(api: Api, house: House) -> None:
    platform, person = api.as_(Role.PLATFORM_ADMIN), api.as_(Role.ADMIN, house.tenant)
    change = "mutation ($id: ID!) { %s(input: {id: $id}) { tenant { status } } }"
    tenant = house.gid("Tenant", house.tenant)
    await platform.ask(change % "suspendTenant", id=tenant)
    for asked in (
        "{ facilities { totalCount } }",
        'mutation { createFacility(input: {name: "F", timeZone: "UTC"}) { facility { id } } }',
    ):
        refusal = await person.refused(asked)
        assert (refusal["code"], refusal["message"]) == ("FORBIDDEN", "This tenant is suspended.")
    await platform.ask(change % "resumeTenant", id=tenant)
    assert (await person.ask("{ facilities { totalCount } }"))["facilities"]["totalCount"] == 2


@pytest.mark.parametrize("issuer", [None, "https://elsewhere.example", f"{ISSUER}/", [ISSUER], ""], ids=repr)
async def test_where_an_issuer_is_set_no_other_is_accepted(settings: Settings, house: House, issuer: object) -> None:
    tokens, principal = (
        Tokens(settings.model_copy(update={"jwt_issuer": ISSUER})),
        Principal(house.tenant, "me", Role.ADMIN),
    )
    assert await tokens.verify(tokens.issue(principal, 60)) == principal, "our own carry it"
    with pytest.raises(Unauthenticated, match=INVALID):
        await tokens.verify(by_hand({"alg": "HS256"}, claims(house, iss=issuer)))
