"""A slow operation is logged with how it was run, and with nothing that a patient would mind."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.factories import House
from tests.listening import Listener
from tests.serving import serving

SEARCHED = "quetiapine"
DOCUMENT = """query Searched($text: String!) {
  notes(filter: {search: $text}) { edges { node { text author { name } } } }
}"""


@pytest.fixture(scope="module")
async def patient(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A server to which every operation is slow."""
    async with (
        serving(settings.model_copy(update={"slow_operation": 0})) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        yield http


def slow(log: Listener) -> list[dict[str, Any]]:
    return [event for event in log.events if event["event"] == "slow operation"]


async def test_field_by_field_and_whole(patient: httpx.AsyncClient, settings: Settings, house: House) -> None:
    await house.note(text=f"Took the {SEARCHED}.")
    api = Api(patient, settings).as_(Role.CLINICIAN, house.tenant)
    with Listener() as log:
        for _ in range(5):
            await api.ask(DOCUMENT, text=SEARCHED)
    first, *_, last = slow(log)
    known = {"document": sha256(DOCUMENT.encode()).hexdigest()[:16], "operation": "Searched", "type": "query"}
    assert first.items() >= {**known, "whole": False, "statements": 2, "failed": False, "level": "warning"}.items()
    assert last.items() >= {**known, "whole": True, "statements": 1, "failed": False}.items()
    assert first["tenant"] == str(house.tenant)
    assert first["role"] == "CLINICIAN"
    assert 0 < first["sql_ms"] < first["ms"]
    for seen in (first, last):
        assert [line.partition(":")[0] for line in seen["plan"]] == [
            "notes",
            "notes.edges",
            "notes.edges.node",
            "notes.edges.node.author",
        ]
    assert SEARCHED not in log.text
    assert "SELECT" not in log.text


async def test_what_failed_and_what_graphql_core_ran(
    patient: httpx.AsyncClient, settings: Settings, house: House
) -> None:
    api = Api(patient, settings).as_(Role.READER, house.tenant)
    with Listener() as log:
        await api.refused("{ notes(first: -1) { totalCount } }")
        await api.ask("{ __schema { queryType { name } } }")
    refused, introspected = slow(log)
    assert refused.items() >= {"operation": "anonymous", "failed": True, "statements": 0}.items()
    assert introspected.items() >= {"failed": False, "plan": []}.items()


async def test_what_is_fast_is_not_logged(api: Api, house: House) -> None:
    with Listener() as log:
        await api.as_(Role.READER, house.tenant).ask("{ notes { totalCount } }")
    assert slow(log) == []
