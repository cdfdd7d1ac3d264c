"""Answers are compressed where the client says that it can read that, and where it pays."""

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

SMALLEST = 1_024
"""Bytes. What is smaller fits into one packet anyway."""

add_compress_type("application/graphql-response+json")
# What comes bit by bit comes as it is: a compressor for each subscriber would take more memory than all else of it.
remove_compress_type("multipart/mixed")
remove_compress_type("text/event-stream")


class Compressed:
    """By zstd, br or gzip. A request without Accept-Encoding goes straight on: it should not pay for a look at each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._compressing = app, CompressMiddleware(app, minimum_size=SMALLEST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"accept-encoding" in dict(scope["headers"]):
            await self._compressing(scope, receive, send)
        else:
            await self._app(scope, receive, send)
