"""Answers as the body of an HTTP response that goes on: in what form, the transports say."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import ClassVar, Protocol

from starlette.types import Receive, Send

from endpoint.live.answers import Live, ends_connection, errors_of
from endpoint.live.ending import Ending, GoingAway, Gone
from endpoint.live.ring import Message
from errors import CareError


class Form(Protocol):
    """How messages are written."""

    headers: ClassVar[list[tuple[bytes, bytes]]]
    opening: bytes
    pulse: bytes
    """Goes out every so many seconds, so that nobody on the way takes the connection for dead."""
    every: float
    completion: bytes
    """There is no more to come. It is left out where the client should come again."""

    def message(self, message: Message) -> bytes: ...

    def failure(self, errors: list[dict[str, object]]) -> bytes:
        """Errors that end the operation."""
        ...


async def stream(
    live: Live, form: Form, credential: str, pieces: AsyncGenerator[bytes, None], receive: Receive, send: Send
) -> None:
    """Sends until the pieces end, the client leaves, the credential is no longer good, or the server stops."""
    await send({"type": "http.response.start", "status": 200, "headers": form.headers})
    last, ending = form.completion, Ending()
    async with ending:
        live.begin(ending)
        companion = asyncio.create_task(_accompany(form, ending, receive, send))
        try:
            with live.standing.watched(credential, ending):
                await _write(send, form.opening)
                async with aclosing(pieces):
                    async for piece in pieces:
                        await _write(send, piece)
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends the operation
            last = form.failure(errors_of(ends_connection(error) or error)) + form.completion
        finally:
            companion.cancel()
            live.ended(ending)
    match ending.reason:
        case Gone():
            return
        case GoingAway():
            last = b""
        case CareError() as refusal:
            last = form.failure(errors_of(refusal)) + form.completion
    await send({"type": "http.response.body", "body": last})


async def written(form: Form, answers: AsyncGenerator[Message, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(answers):
        async for message in answers:
            yield form.message(message)


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _accompany(form: Form, ending: Ending, receive: Receive, send: Send) -> None:
    """Keeps the connection alive, and notices that the client has left."""
    while True:
        try:
            async with asyncio.timeout(form.every):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            await _write(send, form.pulse)
        else:
            ending.end(Gone())
            return
