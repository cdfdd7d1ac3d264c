"""Answers that come bit by bit: as parts of multipart/mixed, or as server-sent events."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

from endpoint.answers import encoded
from endpoint.negotiation import MULTIPART, Accepted

Payloads = AsyncIterator[dict[str, Any]]
"""Responses of GraphQL, or parts of one."""

_HEADERS = {
    "Cache-Control": "no-store",
    # What is collected before it is sent on comes too late.
    "X-Accel-Buffering": "no",
}


def streamed(payloads: Payloads, accepted: Accepted) -> StreamingResponse:
    """In the form that the client likes best. When the client goes away, the payloads are closed."""
    if accepted.stream == MULTIPART:
        specification = f"; {accepted.specification}" if accepted.specification else ""
        content_type = f'multipart/mixed; boundary="-"{specification}'
        return StreamingResponse(_parts(payloads), headers=_HEADERS, media_type=content_type)
    return StreamingResponse(_events(payloads), headers=_HEADERS, media_type="text/event-stream")


async def _parts(payloads: Payloads) -> AsyncIterator[bytes]:
    """Each with the boundary after it: a client knows by that that it is whole (RFC 2046, section 5.1.1)."""
    yield b"\r\n---"
    async for payload in payloads:
        yield b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n" + encoded(payload) + b"\r\n---"
    yield b"--\r\n"


async def _events(payloads: Payloads) -> AsyncIterator[bytes]:
    """GraphQL over SSE, distinct connections mode. Lines end with LF: some clients cannot split at CRLF."""
    async for payload in payloads:
        yield b"event: next\ndata: " + encoded(payload) + b"\n\n"
    yield b"event: complete\ndata:\n\n"
