"""OpenTelemetry, with the SDK's own exporters in memory in place of a collector."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from sqlalchemy import select

from auth import Role
from config import Settings
from db.scope import Database
from db.tables import Tenant
from monitoring import telemetry
from tests.api import Api
from tests.factories import House
from tests.serving import serving

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    """What a collector would have got."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracing = TracerProvider()
        tracing.add_span_processor(SimpleSpanProcessor(self._spans))
        self.providers = tracing, MeterProvider([self._reader])

    def spans(self) -> list[ReadableSpan]:
        finished = list(self._spans.get_finished_spans())
        self._spans.clear()
        return finished

    def measured(self) -> list[Any]:
        data = self._reader.get_metrics_data()
        assert data is not None
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        ]


@pytest.fixture(scope="module")
def collector() -> Collector:
    return Collector()


@pytest.fixture(scope="module")
async def traced(settings: Settings, collector: Collector) -> AsyncIterator[httpx.AsyncClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telemetry, "providers", lambda: collector.providers)
        async with (
            serving(settings.model_copy(update={"telemetry": True})) as address,
            httpx.AsyncClient(base_url=address) as http,
        ):
            yield http


async def test_what_a_process_does_by_itself_is_no_trace(
    traced: httpx.AsyncClient, database: Database, house: House, collector: Collector
) -> None:
    scope = database.read(house.tenant)
    assert await scope.value(select(Tenant.id).where(Tenant.id == house.tenant)) == house.tenant
    await scope.close()
    assert not collector.spans()


async def test_an_operation_is_a_span_and_its_statements_are_below_it(
    traced: httpx.AsyncClient, settings: Settings, house: House, collector: Collector
) -> None:
    await house.note(text="Took the quetiapine.")
    api = Api(traced, settings).as_(Role.CLINICIAN, house.tenant)
    traced.headers["traceparent"] = f"00-{TRACE}-{PARENT}-01"
    await api.ask(
        "query Told($t: String) { notes(filter: {search: $t}) { edges { node { text author { name } } } } }",
        t="quetiapine",
    )
    del traced.headers["traceparent"]
    *statements, operation = collector.spans()
    assert (operation.name, operation.kind) == ("query", SpanKind.SERVER)
    attributes = dict(operation.attributes or {})
    assert attributes["graphql.operation.name"] == "Told"
    assert (attributes["carenotes.statements"], attributes["carenotes.answered_whole"]) == (2, False)
    assert operation.parent is not None
    assert (f"{operation.parent.trace_id:x}", f"{operation.parent.span_id:x}") == (TRACE[1:], PARENT)
    assert [(span.name, span.kind) for span in statements] == [("SELECT", SpanKind.CLIENT)] * 2
    for span in statements:
        assert span.parent is not None
        assert operation.context is not None
        assert span.parent.span_id == operation.context.span_id
        assert operation.start_time is not None
        assert span.start_time is not None
        assert operation.start_time <= span.start_time
    told = "".join(span.to_json() for span in (*statements, operation))
    assert "quetiapine" not in told
    assert "FROM" not in told


async def test_what_fails_is_marked_and_measured(
    traced: httpx.AsyncClient, settings: Settings, house: House, collector: Collector
) -> None:
    await Api(traced, settings).as_(Role.READER, house.tenant).refused("{ notes(first: -1) { totalCount } }")
    [operation] = collector.spans()
    assert operation.status.status_code.name == "ERROR"
    [point] = [point for point in collector.measured() if point.attributes["carenotes.failed"]]
    assert point.count == 1


WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
import server
from config import Settings
server.create_app(Settings())
server.create_app(Settings(telemetry=True))
"""


def test_without_the_extra_everything_else_works(root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("errors.Misconfigured: TELEMETRY needs the extra `telemetry`")
    assert "line 7, in <module>" in done.stderr  # the second one, and not the first
