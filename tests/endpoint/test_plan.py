"""`extensions.plan`: what a developer sees of an execution, and only a developer."""

from typing import Any

import httpx

from auth import Role
from config import Settings
from tests.api import Api
from tests.factories import House
from tests.serving import serving

DOCUMENT = "{ notes(first: 2) { edges { node { text author { name } } } } }"


async def plan_of(api: Api, house: House) -> Any:
    response = await api.http.post(
        "/graphql",
        json={"query": DOCUMENT, "extensions": {"plan": True}},
        headers={"Authorization": f"Bearer {api.as_(Role.CLINICIAN, house.tenant).token}"},
    )
    return response.json().get("extensions", {}).get("plan")


async def test_levels_batches_and_statements(api: Api, house: House) -> None:
    for _ in range(2):
        await house.note()
    plan = await plan_of(api, house)
    columns = {column["path"]: column for column in plan["columns"]}
    assert list(columns) == [
        "notes",
        "notes.edges",
        "notes.edges.node",
        "notes.edges.node.text",
        "notes.edges.node.author",
        "notes.edges.node.author.name",
    ] or set(columns) >= {"notes", "notes.edges.node.author"}
    author = columns["notes.edges.node.author"]
    assert (author["level"], author["field"], author["how"], author["parents"]) == (
        4,
        "Note.author",
        "guarded, batched",
        2,
    )
    assert all(column["ms"] >= 0 for column in plan["columns"])
    notes, practitioners = plan["statements"]
    assert "FROM notes" in notes["sql"]
    assert "notes.content_hash" not in notes["sql"], "only what is read is fetched"
    assert "FROM practitioners" in practitioners["sql"]


async def test_not_in_production(settings: Settings, house: House) -> None:
    production = settings.model_copy(update={"environment": "production"})
    async with serving(production) as address, httpx.AsyncClient(base_url=address) as http:
        assert await plan_of(Api(http, production), house) is None


async def test_without_plans_the_answers_are_the_same(settings: Settings, api: Api, house: House) -> None:
    await house.note()
    expected = await api.as_(Role.CLINICIAN, house.tenant).ask(DOCUMENT)
    off = settings.model_copy(update={"plans": "off"})
    async with serving(off) as address, httpx.AsyncClient(base_url=address) as http:
        assert await Api(http, off).as_(Role.CLINICIAN, house.tenant).ask(DOCUMENT) == expected
