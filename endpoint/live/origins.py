"""Which pages may open a connection: a browser lets any page open a WebSocket, and only says which one did."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.types import Scope

from endpoint.requests import header


def admitted(scope: Scope, allowed: Collection[str]) -> bool:
    """Whether the page is ours, or of an origin that is allowed. What is no browser says none (RFC 6455, section 10.2)."""
    origin = header(scope, b"origin")
    if not origin or origin in allowed:
        return True
    return urlsplit(origin).netloc == header(scope, b"host")
