"""`/metrics` counts what happened, tells nobody who must not know, and stays small whatever clients send."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256

import httpx
import pytest
from graphql import build_schema
from pydantic import SecretStr

from auth import Role
from config import Settings
from executor import Engine
from monitoring.metrics import OFTEN, Operations
from monitoring.operations import Ran
from tests.api import Api
from tests.factories import House
from tests.monitoring.scraping import Scraped, scrape
from tests.serving import serving
from tests.test_server import free_port, started

TOKEN = "only for the scraper"


@pytest.fixture(scope="module")
async def measured(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A server that counts."""
    async with (
        serving(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        yield http


@pytest.mark.parametrize("token", [None, "another", TOKEN.upper()])
async def test_without_the_token_there_is_nothing(measured: httpx.AsyncClient, token: str | None) -> None:
    response = await measured.get("/metrics", headers={"Authorization": f"Bearer {token}"} if token else {})
    assert (response.status_code, response.text) == (401, "")


async def test_an_operation_in_parts_is_counted_once(
    measured: httpx.AsyncClient, settings: Settings, house: House
) -> None:
    nurse = Api(measured, settings).as_(Role.CLINICIAN, house.tenant)
    document = "query InParts { viewer { role } ... @defer { notes { totalCount } } }"
    headers = {"Authorization": f"Bearer {nurse.token}", "Accept": "multipart/mixed"}
    for _ in range(OFTEN + 2):
        response = await measured.post("/graphql", json={"query": document}, headers=headers)
        assert b"totalCount" in response.content
    labels = {
        "operation": "InParts",
        "document": sha256(document.encode()).hexdigest()[:16],
        "type": "query",
    }
    scraped = await scrape(measured, TOKEN)
    assert scraped("carenotes_operation_seconds_count", **labels) == 3
    assert scraped("carenotes_operation_statements_total", **labels) == 6  # also those of what was deferred
    assert scraped("carenotes_operations_failed_total", **labels) == 0


async def test_without_settings_there_are_no_metrics(http: httpx.AsyncClient) -> None:
    assert (await http.get("/metrics")).status_code == 404


async def test_operations_statements_and_errors_are_counted(
    measured: httpx.AsyncClient, settings: Settings, house: House
) -> None:
    api = Api(measured, settings).as_(Role.CLINICIAN, house.tenant)
    await house.note()
    document = "query Counted { notes { edges { node { category author { name } } } } }"
    before = await scrape(measured, TOKEN)
    for _ in range(OFTEN + 5):
        await api.ask(document)
    await api.refused("{ nothing }")
    after = await scrape(measured, TOKEN)

    def grown(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    named = {
        "operation": "Counted",
        "document": sha256(document.encode()).hexdigest()[:16],
        "type": "query",
    }
    # The tenth is the first that has a series of its own.
    assert grown("carenotes_operation_seconds_count", **named) == 6
    assert grown("carenotes_operation_seconds_count", operation="other", document="", type="query") == OFTEN - 1
    assert grown("carenotes_operations_answered_whole_total", **named) == 6
    assert grown("carenotes_operation_statements_total", **named) == 6
    assert grown("carenotes_operations_failed_total", **named) == 0
    assert grown("carenotes_errors_total", code="GRAPHQL_VALIDATION_FAILED") == 1
    assert grown("carenotes_http_requests_total", method="POST", status="200") == OFTEN + 6
    assert after("carenotes_database_connections", state="idle") >= 1
    assert "category" not in after.text


async def test_the_caches_verdicts_are_counted(measured: httpx.AsyncClient, settings: Settings, house: House) -> None:
    api = Api(measured, settings).as_(Role.READER, house.tenant)
    before = await scrape(measured, TOKEN)
    for _ in range(2):
        await api.ask('{ dailyStats(date: "2026-03-02") { total } }')
    after = await scrape(measured, TOKEN)
    for verdict in ("DATABASE", "PROCESS"):
        assert after("carenotes_cache_reads_total", verdict=verdict) > before(
            "carenotes_cache_reads_total", verdict=verdict
        )


async def test_nobody_makes_more_series_than_there_may_be(settings: Settings) -> None:
    """However many names and documents are sent, and however often."""
    engine, operations = Engine(build_schema("type Query { a: Int }")), Operations(often=2, most=3)

    class Reading:
        figures_read = ()

    for n in range(20):
        operation = engine.documents.get(f"query N{n} {{ a }}").operation(None)
        for _ in range(4):
            result = await engine.run(operation)
            operations(operation)(Ran(operation, Reading(), 0.001, 1, 0.0, (), result, list))  # type: ignore[arg-type]
    assert len(operations._named) == 3
    assert len(operations._others) == 1


async def test_one_scrape_tells_of_all_workers(
    on_test_servers: dict[str, str], settings: Settings, house: House
) -> None:
    """And of those that were replaced: what they counted is counted."""
    port = free_port()
    environment = {**on_test_servers, "METRICS_PORT": str(port), "DISPATCHING": "false", "STATISTICS_WARMING": "false"}
    async with started(environment, "--workers", "2") as server:
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=server.address, limits=limits) as http:
            api = Api(http, settings).as_(Role.READER, house.tenant)
            # A new connection each, at once: whichever worker is free takes it.
            await asyncio.gather(*(api.ask("{ notes { totalCount } }") for _ in range(60)))
            assert (await http.get("/metrics")).status_code == 404
            told: Scraped = await scrape(http, url=f"http://127.0.0.1:{port}/metrics")
            assert (await http.get(f"http://127.0.0.1:{port}/graphql")).status_code == 404
        assert told.total("carenotes_operation_seconds_count") == 60
        assert told("carenotes_http_requests_total", method="POST", status="200") == 60
        assert len(told.labels("carenotes_build_info")) == 1
