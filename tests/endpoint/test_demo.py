"""The menu of demo tokens: for browsers on this machine, in development, and only where it was asked for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from config import Settings
from db.demo import Plan, quarter, slugs
from tests.api import Api
from tests.factories import House
from tests.serving import serving


@pytest.fixture
async def demo_house(owner: asyncpg.Pool, house: House) -> AsyncIterator[str]:
    """The slug of a tenant that is called, for as long as the test lasts, as one of the demo data."""
    renaming = "UPDATE tenants SET slug = $1 WHERE id = $2"
    slug = slugs(Plan(until=quarter(datetime.now(UTC))))[1]
    await owner.execute(renaming, slug, house.tenant)
    yield slug
    await owner.execute(renaming, house.slug, house.tenant)


async def test_each_role_of_a_demo_tenant_has_a_token_that_is_good(settings: Settings, demo_house: str) -> None:
    async with (
        serving(settings.model_copy(update={"demo_tokens": True})) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        [offered] = (await http.get("/demo/tokens")).json()
        assert offered["slug"] == demo_house
        for role, token in offered["tokens"].items():
            assert (await Api(http, settings, token).ask("{ viewer { role } }"))["viewer"] == {"role": role}
        clinician = Api(http, settings, offered["tokens"]["CLINICIAN"])
        assert (await clinician.ask("{ viewer { practitioner { name } } }"))["viewer"]["practitioner"]
        # A name of somebody else's that was made to lead here (DNS rebinding).
        assert (await http.get("/demo/tokens", headers={"Host": "pages.example"})).json() == []


@pytest.mark.parametrize("changed", [{}, {"demo_tokens": True, "environment": "production"}])
@pytest.mark.usefixtures("demo_house")
async def test_elsewhere_the_menu_is_empty(settings: Settings, changed: dict[str, object]) -> None:
    async with (
        serving(settings.model_copy(update=changed)) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        assert (await http.get("/demo/tokens")).json() == []
