"""Server-sent events (HTML standard, section 9.2), as the graphql-sse protocol has them.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: here "distinct connections mode", a response for each of the
operations; the other mode is in `reservations`. Beyond it, each event has its position as its id, which a browser's EventSource
sends back when it connects again: so it goes on where it was.
"""

from typing import ClassVar

import orjson
from starlette.types import Scope

from endpoint.live.ring import Message
from endpoint.requests import header


class EventStream:
    headers: ClassVar = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        # Or nginx would collect what should go out at once.
        (b"x-accel-buffering", b"no"),
    ]
    opening = pulse = b":\n\n"
    completion = b"event: complete\ndata:\n\n"
    every = 12.0

    def message(self, message: Message) -> bytes:
        return event("next", message.payload, message.position)

    def failure(self, errors: list[dict[str, object]]) -> bytes:
        return event("next", orjson.dumps({"errors": errors}))


def event(kind: str, data: bytes, position: int | None = None) -> bytes:
    """`data` is JSON, and so of one line."""
    tag = "" if position is None else f"id: {position}\n"
    return b"".join((f"event: {kind}\n{tag}data: ".encode(), data, b"\n\n"))


def last_position(scope: Scope) -> int | None:
    """Where a client that connects again has been."""
    given = header(scope, b"last-event-id")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
