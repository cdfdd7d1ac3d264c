"""Traces and metrics by OpenTelemetry (extra `telemetry`): a span for each operation, and one for each of its statements.

Imported only with TELEMETRY=true. Where to, how often and under which name is for OpenTelemetry's own variables to say
(OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and others). Spans hold no document, no variable and no
SQL; attributes are those of the semantic conventions for GraphQL servers and database clients, where those have one.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import context, propagate
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, get_current_span, set_span_in_context
from starlette.types import ASGIApp, Receive, Scope, Send

from db.scope import statement_watchers
from executor import Operation
from monitoring.operations import Ended, Ran, identity

_NAME = "carenotes"


def providers() -> tuple[TracerProvider, MeterProvider]:
    """Those that send to a collector."""
    resource = Resource.create({"service.name": _NAME}).merge(OTELResourceDetector().detect())
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return tracing, MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)


class Telemetry:
    """An observer of operations, and a watcher of statements."""

    def __init__(self, tracing: TracerProvider, metering: MeterProvider) -> None:
        self._tracing, self._metering = tracing, metering
        self._tracer = tracing.get_tracer(_NAME)
        self._seconds = metering.get_meter(_NAME).create_histogram(
            "graphql.server.operation.duration", "s", "How long operations took."
        )

    def __call__(self, operation: Operation) -> Ended:
        name, document, kind = identity(operation)
        attributes = {"graphql.operation.type": kind, "graphql.document.hash": document}
        if operation.name:
            attributes["graphql.operation.name"] = name
        # Named by the type alone: a client can send any name, and collectors group spans by theirs.
        span = self._tracer.start_span(kind, kind=SpanKind.SERVER, attributes=attributes)
        token = context.attach(set_span_in_context(span))

        def ended(ran: Ran) -> None:
            context.detach(token)
            failed = ran.result is None or bool(ran.result.errors)
            span.set_attribute("carenotes.statements", ran.statements)
            span.set_attribute("carenotes.answered_whole", ran.whole)
            if failed:
                span.set_status(StatusCode.ERROR)
            span.end()
            self._seconds.record(ran.seconds, {"graphql.operation.type": kind, "carenotes.failed": failed})

        return ended

    def statement(self, sql: str, _: Sequence[object], seconds: float) -> None:
        """It has run by now: the span is written with hindsight, below the operation of the same task.

        Not for what the process looks for every second by itself: each would be a trace of its own.
        """
        if not get_current_span().get_span_context().is_valid:
            return
        now = time.time_ns()
        verb = sql.split(None, 1)[0].upper()
        span = self._tracer.start_span(
            verb,
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", "db.operation.name": verb},
            start_time=now - round(seconds * 1e9),
        )
        span.end(now)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Statements are traced for as long as the block lasts."""
        statement_watchers.append(self.statement)
        try:
            yield
        finally:
            statement_watchers.remove(self.statement)

    def shut_down(self) -> None:
        """Sends what is left: blocks for as long as that takes."""
        self._tracing.shutdown()
        self._metering.shutdown()


class Carried:
    """Takes up the trace that a caller has begun (W3C Trace Context), so that our spans are part of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        carrier = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        token = context.attach(propagate.extract(carrier))
        try:
            await self.app(scope, receive, send)
        finally:
            context.detach(token)
