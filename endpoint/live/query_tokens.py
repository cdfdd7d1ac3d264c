"""Tokens in the query string, for a browser's EventSource and WebSocket, which can send no header.

An address gets into logs and histories, so such a token must be about to expire. It can be used again until then: EventSource
connects again by itself, to the same address.
"""

import time
from urllib.parse import parse_qs

import jwt
from starlette.types import Scope

from auth import ApiKey
from errors import Unauthenticated

LONGEST = 300.0
"""Seconds that a token in a query string may still be good for."""


def token_in(scope: Scope) -> str | None:
    """The parameter `token`. Raises Unauthenticated for a key, and for a token that lives longer; nothing else is verified."""
    if not scope["query_string"]:
        return None
    found = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    if not found:
        return None
    token: str = found[-1]
    if token.startswith(ApiKey.PREFIX):
        raise Unauthenticated("An API key does not belong into an address. Send it in a header.")
    try:
        left = float(jwt.decode(token, options={"verify_signature": False})["exp"]) - time.time()
    except (jwt.PyJWTError, ValueError, KeyError, TypeError):
        raise Unauthenticated("This token is not valid.") from None
    if left > LONGEST:
        raise Unauthenticated(
            f"A token in an address is good for up to {LONGEST:.0f} more seconds; this one is for longer."
        )
    return token
