"""Subscribers as a process of its own: `python -m bench.live.subscribers`, told what to do on standard input, as JSON lines.

Sockets are raw and frames are counted, not read, but for those of the first of each operation: so it is the server that is
measured. Two of any operation get the same events in the same order, so what is the n-th event for one is it for all.
"""

import asyncio
import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import uvloop

AT_ONCE = 50
"""Connections that are opened together."""


class Subscriber(asyncio.Protocol):
    def __init__(self, token: str, query: str, variables: dict[str, Any], arrivals: "Arrivals", first: bool) -> None:
        self._token, self._query, self._variables, self._first = token, query, variables, first
        self._arrivals, self._buffer, self._open, self.count = arrivals, b"", False, 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            (
                "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self._buffer and data[:2] == b"\x81\x7e" and len(data) == 4 + (data[2] << 8 | data[3]) and self._open:
            self._heed(data[4:])  # one whole message of 126 to 65,535 bytes, as nearly all are
            return
        self._buffer += data
        if not self._open:
            if b"\r\n\r\n" not in self._buffer:
                return
            assert b" 101 " in self._buffer, self._buffer
            self._buffer = self._buffer.partition(b"\r\n\r\n")[2]
            self._open = True
            self._tell({"type": "connection_init", "payload": {"token": self._token}})
        for opcode, body in self._frames():
            if opcode == 1:
                self._heed(body)
            elif opcode == 9:
                self._send(10, body)

    def _heed(self, body: bytes) -> None:
        if not self.ready.done():
            assert body == b'{"type":"connection_ack"}', body
            payload = {"query": self._query, "variables": self._variables}
            self._tell({"id": "1", "type": "subscribe", "payload": payload})
            self.ready.set_result(None)
            return
        self._arrivals.arrived(self.count, body if self._first else None)
        self.count += 1

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, head = buffer[at + 1], 2
            if length == 126:
                head, length = 4, int.from_bytes(buffer[at + 2 : at + 4], "big")
            elif length == 127:
                head, length = 10, int.from_bytes(buffer[at + 2 : at + 10], "big")
            if len(buffer) - at < head + length:
                break
            yield buffer[at] & 15, buffer[at + head : at + head + length]
            at += head + length
        self._buffer = buffer[at:]

    def _tell(self, message: dict[str, Any]) -> None:
        self._send(1, json.dumps(message).encode())

    def _send(self, opcode: int, body: bytes) -> None:
        # Masked with nothing, which a server has to undo all the same (RFC 6455, section 5.3).
        length = len(body)
        size = bytes([128 | length]) if length < 126 else bytes([128 | 126]) + length.to_bytes(2, "big")
        self.transport.write(bytes([128 | opcode]) + size + bytes(4) + body)


class Arrivals:
    """When each event had come to the last of those who get the same."""

    def __init__(self) -> None:
        self.last: list[float] = []
        self.size = 0

    def arrived(self, number: int, body: bytes | None) -> None:
        now = time.time()
        if number == len(self.last):
            self.last.append(now)
        self.last[number] = max(self.last[number], now)
        if body is not None:
            assert "errors" not in json.loads(body)["payload"], body
            self.size = len(body)


async def subscribed(order: dict[str, Any]) -> tuple[list[Subscriber], list[Arrivals]]:
    """As many as were ordered, their operations in turns."""
    queries = order["queries"]
    arrivals, subscribers = [Arrivals() for _ in queries], list[Subscriber]()
    loop = asyncio.get_running_loop()
    for start in range(0, order["count"], AT_ONCE):
        numbers = range(start, min(order["count"], start + AT_ONCE))
        made = [
            loop.create_connection(
                lambda n=n: Subscriber(  # type: ignore[misc]
                    order["token"], queries[n % len(queries)], {}, arrivals[n % len(queries)], n < len(queries)
                ),
                "127.0.0.1",
                order["port"],
            )
            for n in numbers
        ]
        several = [subscriber for _, subscriber in await asyncio.gather(*made)]
        await asyncio.gather(*(each.ready for each in several))
        subscribers += several
    return subscribers, arrivals


async def main() -> None:
    """Orders are `{"count", "queries", "token", "port"}`, then `{"expect": n}` and `{}`, which ends them."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        subscribers, arrivals = await subscribed(json.loads(line))
        _say({"subscribed": len(subscribers)})
        while expected := json.loads(await reader.readline()).get("expect"):
            await _all_have(subscribers, expected)
            _say({"arrived": [each.last for each in arrivals], "bytes": arrivals[0].size})
        for subscriber in subscribers:
            subscriber.transport.abort()
        _say({"gone": True})


async def _all_have(subscribers: list[Subscriber], expected: int) -> None:
    for each in subscribers:
        while each.count < expected:  # noqa: ASYNC110  # looked at now and then, not told for each message
            await asyncio.sleep(0.02)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
