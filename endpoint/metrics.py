"""`/metrics`, for Prometheus: on a port of its own, behind a token, or both."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain
from typing import TypeAlias

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from config import Settings
from endpoint.requests import header
from monitoring import sampling
from monitoring.processes import counted

Source: TypeAlias = Callable[[Scope], Awaitable[Iterable[Metric]]]
"""Asks for what no process counts by itself: the state of the database. Given the request, for its servers."""


class Metrics:
    """Stands before the application: what comes in by METRICS_PORT gets metrics and nothing else, and nobody else does
    without METRICS_TOKEN."""

    def __init__(self, app: ASGIApp, settings: Settings, sources: Sequence[Source] = ()) -> None:
        self.app, self._sources = app, sources
        self._port = settings.metrics_port
        token = settings.metrics_token
        self._expected = None if token is None else f"Bearer {token.get_secret_value()}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ours = self._port is not None and scope["server"][1] == self._port
        if not ours and (self._expected is None or scope["path"] != "/metrics"):
            await self.app(scope, receive, send)
            return
        await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if scope["path"] != "/metrics":
            return Response("Here are only /metrics.\n", 404)
        if scope["method"] not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        given = header(scope, b"authorization").encode("latin-1")
        if self._expected is not None and not secrets.compare_digest(given, self._expected):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        sampling.look(scope["state"]["database"])
        told = await asyncio.gather(*(source(scope) for source in self._sources))
        encode, content_type = choose_encoder(header(scope, b"accept"))
        # Not in the event loop: hundreds of series take some milliseconds, those of several processes more.
        body = await asyncio.to_thread(encode, _All(list(chain.from_iterable(told))))
        return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


class _All(Collector):
    """What processes count, and what the sources have told."""

    def __init__(self, told: Sequence[Metric]) -> None:
        self._told = told

    def collect(self) -> Iterable[Metric]:
        yield from counted().collect()
        yield from self._told
