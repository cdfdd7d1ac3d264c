"""GraphQL over WebSocket, the subprotocol graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md: its messages, and the codes that a socket is closed with.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack, aclosing, suppress
from enum import IntEnum
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from auth import Principal
from endpoint.asking import is_asking, nobody_yet
from endpoint.credentials import credential_in
from endpoint.errors import log_bug
from endpoint.live.answers import Live, ends_connection, errors_of
from endpoint.live.ending import Ending, GoingAway, TooLate
from endpoint.live.frames import EXTENSION, Write, text
from endpoint.live.origins import admitted
from endpoint.live.query_tokens import token_in
from endpoint.live.ring import Message
from endpoint.requests import Asked, Refused, asked_in, header
from errors import CareError, Unauthenticated, Unavailable
from live.cancelling import stopped

log = structlog.get_logger()

SUBPROTOCOL = "graphql-transport-ws"
_LONGEST_REASON = 123
"""Bytes that the reason of a close frame may have (RFC 6455, section 5.5)."""


class Code(IntEnum):
    """Why a socket is closed."""

    GOING_AWAY = 1001
    TRY_AGAIN_LATER = 1013
    INTERNAL = 4500
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    NO_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429


class Closed(Exception):
    """The socket is to be closed."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """Serves one socket, from its handshake to its end."""
    live: Live = scope["state"]["live"]
    nobody_yet()
    await receive()  # websocket.connect
    if not admitted(scope, live.settings.origins):
        await send({"type": "websocket.close"})
        return
    offered = SUBPROTOCOL in scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None})
    if not offered:
        await send({"type": "websocket.close", "code": Code.NO_SUBPROTOCOL, "reason": "Subprotocol not acceptable"})
        return
    await _Socket(live, scope, receive, send).serve()


class _Socket:
    def __init__(self, live: Live, scope: Scope, receive: Receive, send: Send) -> None:
        self._live, self._scope, self._receive, self._send = live, scope, receive, send
        self._write: Write | None = scope.get("extensions", {}).get(EXTENSION, {}).get("write")
        self._ending = Ending()
        self._principal: Principal | None = None
        self._initialised = False
        self._watching = ExitStack()
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        started, closed = time.perf_counter(), None
        try:
            async with self._ending:
                self._live.begin(self._ending)
                late = asyncio.get_running_loop().call_later(
                    self._live.settings.connection_init_wait, self._ending.end, TooLate()
                )
                self._watching.callback(late.cancel)
                await self._listen()
        except Closed as error:
            closed = error
        except OSError:
            pass  # The client is gone.
        except Exception as bug:  # noqa: BLE001  # whatever it is, the client is told no more
            log_bug(bug)
            closed = Closed(Code.INTERNAL, "Something went wrong on our side.")
        finally:
            self._watching.close()
            self._live.ended(self._ending)
            await self._stop()
        closed = closed or self._reason()
        if closed is not None:
            await self._close(closed)
        ms = round((time.perf_counter() - started) * 1000, 1)
        log.info("socket", path=self._scope["path"], code=closed.code if closed else None, ms=ms)

    async def _listen(self) -> None:
        """Until the client leaves. Raises Closed."""
        while (message := await self._receive())["type"] == "websocket.receive":
            await self._heed(_parsed(message))

    async def _heed(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._initialise(message.get("payload"))
            case {"type": "ping"}:
                await self._tell({"type": "pong", **({"payload": p} if (p := message.get("payload")) else {})})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(identifier), "payload": dict(payload)} if identifier:
                self._subscribe(identifier, payload)
            case {"type": "complete", "id": str(identifier)}:
                if (task := self._operations.pop(identifier, None)) is not None:
                    task.cancel()
            case {"type": str(kind)}:
                raise Closed(Code.BAD_REQUEST, f"Invalid message of type {kind[:40]}")
            case _:
                raise Closed(Code.BAD_REQUEST, "Invalid message")

    async def _initialise(self, payload: Any) -> None:
        if self._initialised:
            raise Closed(Code.TOO_MANY_INITS, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(Code.BAD_REQUEST, "The payload of connection_init is an object.")
        self._initialised = True
        try:
            credential = self._credential(payload or {})
            principal = await self._live.authenticate(credential)
        except Unauthenticated as error:
            raise Closed(Code.FORBIDDEN, error.message) from None
        except Unavailable as error:
            raise Closed(Code.TRY_AGAIN_LATER, error.message) from None
        is_asking(principal)
        self._watching.close()  # the time to initialise
        self._watching.enter_context(self._live.standing.watched(credential, self._ending))
        await self._tell({"type": "connection_ack"})
        self._principal = principal

    def _credential(self, payload: dict[str, Any]) -> str:
        """In the payload as a header would be, or as a token; else in the handshake's header or query."""
        given = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
        if "authorization" in given:
            return credential_in(given["authorization"])
        if "token" in given:
            return given["token"]
        return token_in(self._scope) or credential_in(header(self._scope, b"authorization"))

    def _subscribe(self, identifier: str, payload: dict[str, Any]) -> None:
        if self._principal is None:
            raise Closed(Code.UNAUTHORIZED, "Unauthorized")
        if identifier in self._operations:
            raise Closed(Code.SUBSCRIBER_EXISTS, f"Subscriber for {identifier} already exists")
        try:
            asked = asked_in(payload)
        except Refused as refused:
            raise Closed(Code.BAD_REQUEST, refused.message) from None
        self._operations[identifier] = asyncio.create_task(self._answer(identifier, asked, self._principal))

    async def _answer(self, identifier: str, asked: Asked, principal: Principal) -> None:
        before = b'{"id":%b,"type":"next","payload":' % orjson.dumps(identifier)
        last: dict[str, Any] = {"id": identifier, "type": "complete"}

        def push(messages: Sequence[Message]) -> bool:
            frames = [text(before, message.payload, b"}") for message in messages]
            return self._write is not None and self._write(b"".join(frames))

        try:
            async with aclosing(self._live.answers(asked, principal, self, push=push)) as messages:
                async for message in messages:
                    await self._say(before, message.payload, b"}")
        except OSError:
            return  # The client is gone, and the socket's own task is told so.
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends the operation
            if (cause := ends_connection(error)) is not None:
                self._ending.end(cause)
                return
            last = {"id": identifier, "type": "error", "payload": errors_of(error)}
        # Free again before the client is told: it may use the id at once.
        if self._operations.get(identifier) is asyncio.current_task():
            del self._operations[identifier]
        with suppress(OSError):
            await self._tell(last)

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._say(orjson.dumps(message))

    async def _say(self, *pieces: bytes) -> None:
        if self._write is None or not self._write(text(*pieces)):
            await self._send({"type": "websocket.send", "text": b"".join(pieces).decode()})

    async def _stop(self) -> None:
        """Ends all operations."""
        await stopped(self._operations.values())

    def _reason(self) -> Closed | None:
        """How the socket is to be closed; None where the client has done it."""
        match self._ending.reason:
            case GoingAway():
                return Closed(Code.GOING_AWAY, "Going away")
            case TooLate():
                return Closed(Code.INIT_TIMEOUT, "Connection initialisation timeout")
            case CareError() as error:
                # Not 4401, after which clients give up: after this one they connect again, with a new token.
                return Closed(Code.FORBIDDEN, error.message)
        return None

    async def _close(self, closed: Closed) -> None:
        reason = closed.reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.close", "code": int(closed.code), "reason": reason})


def _parsed(message: Any) -> dict[str, Any]:
    try:
        parsed = orjson.loads(message.get("text") or "")
    except orjson.JSONDecodeError:
        raise Closed(Code.BAD_REQUEST, "Invalid message: not JSON") from None
    if not isinstance(parsed, dict):
        raise Closed(Code.BAD_REQUEST, "Invalid message: not an object")
    return parsed
