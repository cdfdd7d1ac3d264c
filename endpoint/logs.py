"""Structured logs: one line per request, never a document, a variable, a text or a name."""

import io
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO, cast

import orjson
import structlog
from asgi_correlation_id import correlation_id
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from config import Settings
from endpoint import asking
from endpoint.errors import log_bug
from monitoring import metrics

log = structlog.get_logger()


watchers: list[Callable[[EventDict, str], None]] = []
"""Called with each event of ours and the line that it becomes; the tests listen here."""


def configure(settings: Settings) -> None:
    """Sends our lines and those of the libraries to standard error in one form, with the correlation id in each.

    Ours go there straight: by way of `logging` the line of a request would cost a tenth of the request.
    """
    as_json = settings.log_format == "json"
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_dumped)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Processor] = [
        asking.told,
        _correlation,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, _ours, _rendered_by(renderer)],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    # Strawberry logs each error with the document and the values in it.
    logging.getLogger("strawberry").setLevel(logging.CRITICAL + 1)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_of_no_socket)
    # httpx logs the address of each request, and that of a webhook may be as good as a password.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _is_of_no_socket(record: logging.LogRecord) -> bool:
    """uvicorn logs the address of each WebSocket, and a token may be in it. That it starts and stops is worth a line."""
    return "WebSocket" not in str(record.msg) and not str(record.msg).startswith("connection ")


class _StandardError(io.TextIOBase):
    """The descriptor itself. What cannot be written is lost, as with `logging`: no request fails for a full disk."""

    def write(self, text: str) -> int:
        left = text.encode(errors="replace")
        with suppress(OSError):
            while left:
                left = left[os.write(2, left) :]
        return len(text)


def _dumped(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()


def _rendered_by(renderer: Processor) -> Processor:
    def render(logger: Any, method: str, event: EventDict) -> str:
        told = dict(event) if watchers else {}
        line = str(renderer(logger, method, event))
        for watcher in watchers:
            watcher(told, line)
        return line

    return render


def _ours(_: Any, __: str, event: EventDict) -> EventDict:
    event["logger"] = "carenotes"
    return event


def _correlation(_: Any, __: str, event: EventDict) -> EventDict:
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
        asking.nobody_yet()
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
            write = log.debug if scope["path"].startswith("/health") else log.info
            ms = round((time.perf_counter() - started) * 1000, 1)
            metrics.count_request(scope["method"], status)
            write("request", method=scope["method"], path=scope["path"], status=status, ms=ms)


async def _apologize(send: Send) -> None:
    reference = correlation_id.get()
    body = (
        '{"errors":[{"message":"Something went wrong on our side. If you report it, give this reference: '
        f'{reference}","extensions":{{"code":"INTERNAL","correlationId":"{reference}"}}}}]}}'
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
