"""A mail server that takes everything and keeps nothing, in a process of its own: as fast as Python's can be.

python -m bench.reminders.sink        # prints its port, and serves until standard input ends
"""

import asyncio
import sys
from typing import cast

import uvloop

_ANSWERS = {b"EHLO": b"250 sink\r\n", b"DATA": b"354 Go ahead\r\n", b"QUIT": b"221 Bye\r\n"}


class Sink(asyncio.Protocol):
    """SMTP (RFC 5321) without extensions. A client waits for each answer, but for those to pieces of a message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._received, self._in_mail = b"", False
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._in_mail:
            if self._received.endswith(b"\r\n.\r\n"):
                self._answer(b"250 OK\r\n")
                self._in_mail = False
        elif self._received.endswith(b"\r\n"):
            verb = self._received[:4].upper()
            self._in_mail = verb == b"DATA"
            self._answer(_ANSWERS.get(verb, b"250 OK\r\n"))

    def _answer(self, answer: bytes) -> None:
        self._received = b""
        self._transport.write(answer)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
