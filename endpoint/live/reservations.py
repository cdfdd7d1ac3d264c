"""Server-sent events for many operations in one response: graphql-sse's "single connection mode".

PUT reserves a stream and answers with its token, GET opens it, POST adds an operation, DELETE stops one. The token is a
capability: whoever has it acts as who has reserved. It is known to the process that gave it out, so behind a load balancer, and
with several workers, the requests of a client must come to the same one.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import parse_qs

import orjson
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from auth import Principal
from endpoint.live.answers import Live, ends_connection, errors_of
from endpoint.live.sse import EventStream, event
from endpoint.live.streaming import stream
from endpoint.requests import Asked, Refused, header
from endpoint.requests import asked as asked_by

HEADER = b"x-graphql-event-stream-token"
PREFIX = "cns_"
_OPENED_WITHIN = 10.0
"""Seconds after which a reservation that nobody has opened is given up."""
_AHEAD = 16
"""Events that wait for the stream; operations wait with the next."""


def token_of(scope: Scope) -> str | None:
    """The stream that a request is for, by its header or, where there can be none, by its address."""
    token = header(scope, HEADER)
    if not token and b"token=" in scope["query_string"]:
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        if not token.startswith(PREFIX):
            return None
    return token or None


class Reservation:
    """A stream and its operations."""

    def __init__(self, principal: Principal, credential: str) -> None:
        self.token = PREFIX + secrets.token_urlsafe(32)
        self.principal, self.credential = principal, credential
        self.open = False
        self.operations: dict[str, asyncio.Task[None]] = {}
        self._events: asyncio.Queue[bytes | Exception] = asyncio.Queue(_AHEAD)

    def start(self, identifier: str, live: Live, asked: Asked) -> None:
        self.operations[identifier] = asyncio.create_task(self._answer(identifier, live, asked))

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Raises what ends the stream."""
        while True:
            next_ = await self._events.get()
            if isinstance(next_, Exception):
                raise next_
            yield next_

    def stop(self, identifier: str) -> None:
        if (task := self.operations.pop(identifier, None)) is not None:
            task.cancel()

    async def _answer(self, identifier: str, live: Live, asked: Asked) -> None:
        tag = orjson.dumps(identifier)
        try:
            async with aclosing(live.answers(asked, self.principal, self)) as messages:
                async for message in messages:
                    await self._events.put(event("next", b'{"id":%b,"payload":%b}' % (tag, message.payload)))
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends the operation
            if (cause := ends_connection(error)) is not None:
                await self._events.put(cause)
                return
            errors = orjson.dumps({"errors": errors_of(error)})
            await self._events.put(event("next", b'{"id":%b,"payload":%b}' % (tag, errors)))
        if self.operations.get(identifier) is asyncio.current_task():
            del self.operations[identifier]
        await self._events.put(event("complete", b'{"id":%b}' % tag))


class Reservations:
    """Those of a process."""

    def __init__(self, live: Live, body_limit: int) -> None:
        self._live, self._body_limit = live, body_limit
        self._known: dict[str, Reservation] = {}

    def __len__(self) -> int:
        return len(self._known)

    def reserve(self, principal: Principal, credential: str) -> Response:
        reservation = Reservation(principal, credential)
        self._known[reservation.token] = reservation
        asyncio.get_running_loop().call_later(_OPENED_WITHIN, self._give_up, reservation)
        return PlainTextResponse(reservation.token, 201)

    async def serve(self, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        """A request with a stream's token. Raises Refused."""
        reservation = self._known.get(token)
        if reservation is None:
            raise Refused(404, "There is no such stream. Reserve one by PUT.")
        if scope["method"] == "GET" and "text/event-stream" in header(scope, b"accept").lower():
            await self._open(reservation, receive, send)
        elif scope["method"] == "DELETE":
            await _stopped(reservation, scope)(scope, receive, send)
        else:
            answer = await self._started(reservation, scope, receive)
            await answer(scope, receive, send)

    async def _open(self, reservation: Reservation, receive: Receive, send: Send) -> None:
        if reservation.open:
            raise Refused(409, "This stream is open already.")
        reservation.open = True
        try:
            await stream(self._live, EventStream(), reservation.credential, reservation.events(), receive, send)
        finally:
            del self._known[reservation.token]
            for identifier in list(reservation.operations):
                reservation.stop(identifier)

    async def _started(self, reservation: Reservation, scope: Scope, receive: Receive) -> Response:
        asked = await asked_by(scope, dict(scope["headers"]), receive, self._body_limit)
        assert isinstance(asked, Asked), "batches are not taken here"
        identifier = asked.extensions.get("operationId")
        if not isinstance(identifier, str) or not identifier:
            raise Refused(400, "Name the operation: `extensions.operationId` is a string.")
        if identifier in reservation.operations:
            raise Refused(409, "There is an operation of this id.")
        reservation.start(identifier, self._live, asked)
        return Response(status_code=202)

    def _give_up(self, reservation: Reservation) -> None:
        if not reservation.open:
            self._known.pop(reservation.token, None)
            for identifier in list(reservation.operations):
                reservation.stop(identifier)


def _stopped(reservation: Reservation, scope: Scope) -> Response:
    identifier = parse_qs(scope["query_string"].decode("latin-1")).get("operationId", [""])[-1]
    if not identifier:
        raise Refused(400, "Name the operation: `operationId` in the query string.")
    reservation.stop(identifier)
    return Response(status_code=200)
