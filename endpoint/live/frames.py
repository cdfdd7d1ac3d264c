"""Text messages as frames of WebSocket, made of pieces: what is the same for many is encoded once (RFC 6455, section 5.2)."""

from collections.abc import Callable
from struct import pack
from typing import TypeAlias

EXTENSION = "carenotes.frame"
"""Of ASGI: `write` is a `Write`, see `endpoint.protocols`."""
Write: TypeAlias = Callable[[bytes], bool]
"""Hands frames to the client's connection, at once or not at all: says whether it did."""
_TEXT = 0x81  # a text frame, and the last of its message


def text(*pieces: bytes) -> bytes:
    """One whole message, from a server."""
    length = sum(map(len, pieces))
    if length < 126:
        head = pack("!BB", _TEXT, length)
    elif length < 65_536:
        head = pack("!BBH", _TEXT, 126, length)
    else:
        head = pack("!BBQ", _TEXT, 127, length)
    return b"".join((head, *pieces))
