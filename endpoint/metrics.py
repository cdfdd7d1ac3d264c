"""`/metrics`, for Prometheus: on a port of its own, behind a token, or both."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from prometheus_client.exposition import choose_encoder
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from config import Settings
from db.scope import Database
from delivery.metrics import read_backlog
from endpoint.requests import header
from errors import CareError
from monitoring import sampling
from monitoring.processes import counted

PATIENCE = 2.0
"""Seconds that the database gets to answer: a scraper waits for ten."""

Reading: TypeAlias = Callable[[Database], Awaitable[None]]
"""Sets gauges to what no process counts by itself, and the database knows."""


def middleware(settings: Settings) -> list[Middleware]:
    """What stands before the application; nothing where nobody may ask."""
    asked_for = settings.metrics_port or settings.metrics_token
    return [Middleware(Metrics, settings=settings, readings=[read_backlog])] if asked_for else []


class Metrics:
    """Stands before the application: what comes in by METRICS_PORT gets metrics and nothing else, and nobody else does
    without METRICS_TOKEN."""

    def __init__(self, app: ASGIApp, settings: Settings, readings: Sequence[Reading] = ()) -> None:
        self.app, self._readings = app, readings
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
        database: Database = scope["state"]["database"]
        sampling.look(database)
        await asyncio.gather(*(_asked(reading, database) for reading in self._readings))
        encode, content_type = choose_encoder(header(scope, b"accept"))
        # Not in the event loop: hundreds of series take some milliseconds, those of several processes more.
        body = await asyncio.to_thread(encode, counted())
        return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


async def _asked(question: Reading, database: Database) -> None:
    """What cannot be had is as it was: a database that is away must not hide what this process counts."""
    with suppress(CareError, TimeoutError):
        await asyncio.wait_for(question(database), PATIENCE)
