"""Multipart responses, as Apollo's protocol for subscriptions has them.

https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

from typing import ClassVar

import orjson

from endpoint.live.ring import Message

_BOUNDARY = b"\r\n--graphql"
_HEADERS = b"\r\ncontent-type: application/json\r\n\r\n"


class Multipart:
    headers: ClassVar = [
        (b"content-type", b'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
    ]
    # A part ends where the boundary after it is read: so that goes out with it, and not with the next.
    opening = _BOUNDARY
    pulse = _HEADERS + b"{}" + _BOUNDARY
    completion = b"--\r\n"
    every = 5.0

    def message(self, message: Message) -> bytes:
        return b"".join((_HEADERS, b'{"payload":', message.payload, b"}", _BOUNDARY))

    def failure(self, errors: list[dict[str, object]]) -> bytes:
        return _HEADERS + orjson.dumps({"payload": None, "errors": errors}) + _BOUNDARY
