"""Text messages as frames of WebSocket, made of pieces: what is the same for many is encoded once (RFC 6455, section 5.2)."""

from struct import pack

EXTENSION = "carenotes.frame"
"""Of ASGI: the server takes `{"type": "websocket.send", "frame": ...}`, see `endpoint.protocols`."""
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
