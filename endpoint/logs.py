"""Structured logs: one line per request, never a document, a variable, a text or a name."""

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from asgi_correlation_id import correlation_id
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.typing import Processor

from config import Settings
from endpoint.errors import log_bug

log = structlog.get_logger("carenotes")


def configure(settings: Settings) -> None:
    """Sends our lines and those of the libraries through one pipe to standard error, with the correlation id in each."""
    shared: list[Processor] = [
        merge_contextvars,
        _correlation,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    # Strawberry logs each error with the document and the values in it.
    logging.getLogger("strawberry").setLevel(logging.CRITICAL + 1)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _correlation(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if reference := correlation_id.get():
        event["correlation_id"] = reference
    return event


class RequestLog:
    """One line per request, once it is answered. What escapes the application is logged as a bug and answered with 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        clear_contextvars()
        started, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as bug:
            log_bug(bug)
            if status:
                raise
            await _apologize(watch)
        finally:
            bind_contextvars(method=scope["method"], path=scope["path"], status=status)
            level = "debug" if scope["path"].startswith("/health") else "info"
            getattr(log, level)("request", ms=round((time.perf_counter() - started) * 1000, 1))


async def _apologize(send: Send) -> None:
    reference = correlation_id.get()
    body = (
        '{"errors":[{"message":"Something went wrong on our side. If you report it, give this reference: '
        f'{reference}","extensions":{{"code":"INTERNAL","correlationId":"{reference}"}}}}]}}'
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
