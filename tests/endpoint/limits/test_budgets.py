"""What a principal and a tenant may spend, counted for all processes by a real Valkey, and without it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.endpoint.proxy import Proxy, redis_target, redis_through
from tests.factories import House
from tests.serving import serving

PRINCIPAL, TENANT = 100, 150
ASKING = "{ notes(first: 8) { edges { node { id } } } }"
"""Costs 10."""


@pytest.fixture
async def frugal(settings: Settings) -> AsyncIterator[list[Api]]:
    """Two processes' worth of servers."""
    changed = settings.model_copy(update={"budget": PRINCIPAL, "tenant_budget": TENANT})
    async with (
        serving(changed) as one,
        serving(changed) as other,
        httpx.AsyncClient(base_url=one) as first,
        httpx.AsyncClient(base_url=other) as second,
    ):
        yield [Api(first, changed), Api(second, changed)]


async def spend(who: Api) -> int:
    """How often it can be asked for, until it is refused."""
    times = 0
    while (response := await who.post(ASKING)).status_code == 200:
        assert "errors" not in response.json()
        times += 1
        assert times < 100
    assert response.status_code == 429
    return times


async def test_a_principal_spends_all_of_it_and_no_more(frugal: list[Api], house: House) -> None:
    ada, ben = (frugal[0].as_(Role.CLINICIAN, house.tenant, f"practitioner-{n}") for n in range(2))
    assert await spend(ada) == PRINCIPAL // 10
    # What is left of the tenant's.
    assert await spend(ben) == (TENANT - PRINCIPAL) // 10
    response = await ada.post(ASKING)
    error = response.json()["errors"][0]
    seconds = error["extensions"]["retryAfter"]
    assert 0 < seconds <= 60
    assert error["extensions"] == {
        "code": "RATE_LIMITED",
        "budget": "principal",
        "limit": PRINCIPAL,
        "remaining": 0,
        "cost": 10,
        "retryAfter": seconds,
    }
    assert response.headers["Retry-After"] == str(seconds)
    assert response.headers["RateLimit"].startswith('"principal";r=0;t=')
    assert (await ben.post(ASKING)).json()["errors"][0]["extensions"]["budget"] == "tenant"


async def test_other_tenants_have_their_own(frugal: list[Api], house: House, other_house: House) -> None:
    assert await spend(frugal[0].as_(Role.CLINICIAN, house.tenant)) == PRINCIPAL // 10
    assert await spend(frugal[0].as_(Role.CLINICIAN, other_house.tenant)) == PRINCIPAL // 10


async def test_processes_share_it(frugal: list[Api], house: House) -> None:
    """What one has leased and not spent the other cannot have: at most a share, here less than a request."""
    one, other = (each.as_(Role.CLINICIAN, house.tenant) for each in frugal)
    for _ in range(4):
        assert (await one.post(ASKING)).status_code == 200
        assert (await other.post(ASKING)).status_code == 200
    assert await spend(one) + await spend(other) == PRINCIPAL // 10 - 8


async def test_headers_say_what_is_left(frugal: list[Api], house: House) -> None:
    """draft-ietf-httpapi-ratelimit-headers-10."""
    response = await frugal[0].as_(Role.CLINICIAN, house.tenant).post(ASKING)
    assert response.headers["RateLimit-Policy"] == (
        f'"principal";q={PRINCIPAL};w=60;qu="cost", "tenant";q={TENANT};w=60;qu="cost"'
    )
    assert response.headers["RateLimit"] == f'"principal";r={PRINCIPAL - 10};t=60, "tenant";r={TENANT - 10};t=60'


async def test_what_is_refused_costs_nothing(frugal: list[Api], house: House) -> None:
    who = frugal[0].as_(Role.CLINICIAN, house.tenant)
    for document in ("{ nope }", "{ notes(first: 99) { edges { node { id } } } }", "{"):
        await who.post(document)
    assert await spend(who) == PRINCIPAL // 10


async def test_nobody_is_refused_because_redis_is_away(settings: Settings, house: House) -> None:
    """Each process counts by itself then, and still refuses what is too much."""
    assert settings.redis_url
    async with Proxy(redis_target(settings.redis_url)) as redis:
        changed = settings.model_copy(
            update={"budget": PRINCIPAL, "tenant_budget": 0, "redis_url": redis_through(settings.redis_url, redis)}
        )
        async with serving(changed) as address, httpx.AsyncClient(base_url=address) as http:
            who = Api(http, changed).as_(Role.CLINICIAN, house.tenant)
            await redis.cut()
            assert await spend(who) == PRINCIPAL // 10


async def test_no_budgets(settings: Settings, house: House) -> None:
    changed = settings.model_copy(update={"budget": 0, "tenant_budget": 0})
    async with serving(changed) as address, httpx.AsyncClient(base_url=address) as http:
        response = await Api(http, changed).as_(Role.CLINICIAN, house.tenant).post(ASKING)
    assert response.status_code == 200
    assert "RateLimit" not in response.headers
