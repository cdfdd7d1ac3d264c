"""Apollo Client, urql and Relay with their default settings, and the audits of graphql-http, on node, against a real server."""

import json

import asyncpg
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.clients.node import FOLDER, node
from tests.factories import House

AUDITS = [
    "22EB",
    "4655",
    "47DE",
    "80D8",
    "82A3",
    "BF61",
    "78D5",
    "2C94",
    "5A70",
    "9C48",
    "9ABE",
    "03D4",
    "A5BF",
    "423L",
    "LKJ0",
    "LKJ1",
    "LKJ2",
    "LKJ3",
    "34A2",
    "13EE",
    "6C00",
    "6C01",
    "6C02",
    "6C03",
    "8161",
    "B8B3",
    "94B0",
    "0220",
    "94B1",
    "0221",
    "94B2",
    "0222",
    "4760",
    "4761",
    "4762",
    "4763",
    "2EA1",
    "28B9",
    "D6D5",
    "6A70",
    "58B0",
    "58B1",
    "58B2",
    "58B3",
    "428F",
    "1B7A",
    "B6DC",
    "BCF8",
    "B7N8",
    "8764",
    "3E3A",
    "572B",
    "FDE2",
    "7B9B",
    "865D",
    "556A",
    "D586",
    "51FE",
    "74FF",
    "5E5B",
    "86EE",
]
CASES = """
apollo: query
apollo: mutation
apollo: error of a field
apollo: error of a document
apollo: persisted query
apollo: batch
apollo: paging
apollo: @defer by Defer20220824Handler
apollo: @defer by GraphQL17Alpha9Handler
urql: query
urql: mutation
urql: error of a field
urql: error of a document
urql: persisted query
urql: paging
urql: @defer
relay: query
relay: mutation
relay: error of a field
relay: paging with @connection and @refetchable
relay: @defer
""".strip().split("\n")


@pytest.fixture(scope="module")
async def outcomes(server: str, settings: Settings, owner: asyncpg.Pool) -> dict[str, str | None]:
    """All cases, by one process: None for what went well, else what went wrong."""
    house = await House.build(owner)
    for _ in range(5):
        await house.note()
    api = Api(None, settings).as_(Role.CLINICIAN, house.tenant, "practitioner-0")  # type: ignore[arg-type]
    (FOLDER / "relay" / "__generated__").mkdir(exist_ok=True)
    await node("node_modules/relay-compiler/cli.js", "relay.config.json")
    told = {
        "url": f"{server}/graphql",
        "token": api.token,
        "patientId": house.gid("Patient", house.patients[0]),
        "notes": len(house.notes),
    }
    came: dict[str, str | None] = json.loads(await node("--import", "./resolving.mjs", "main.mjs", json.dumps(told)))
    return came


def test_all_are_named_here(outcomes: dict[str, str | None]) -> None:
    assert len(AUDITS) == 61
    assert outcomes.keys() == {f"audits: {audit}" for audit in AUDITS} | set(CASES)


@pytest.mark.parametrize("audit", AUDITS)
def test_graphql_over_http(outcomes: dict[str, str | None], audit: str) -> None:
    assert (wrong := outcomes[f"audits: {audit}"]) is None, wrong


@pytest.mark.parametrize("case", CASES)
def test_client(outcomes: dict[str, str | None], case: str) -> None:
    assert (wrong := outcomes[case]) is None, wrong
