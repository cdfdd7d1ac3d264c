"""A web server on the loopback that answers as it is told, or not at all."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, NamedTuple

import orjson


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """A status of 0 drops the connection, and one of 1 leaves it as it is."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012  # nobody writes to it


@dataclass
class WebServer:
    answer: Callable[[Request], Answer] = lambda request: Answer()
    requests: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(first.split(" ")[1], headers, body)
                self.requests.append(request)
                status, content, extra = self.answer(request)
                if status == 0:
                    return
                if status == 1:
                    await reader.read()
                    return
                payload = b"" if content is None else orjson.dumps(content)
                extra = {"Content-Length": str(len(payload)), **extra}
                writer.write(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode())
                writer.write(
                    "".join(f"{name}: {value}\r\n" for name, value in extra.items()).encode() + b"\r\n" + payload
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()


class serving_web:  # noqa: N801  # reads as what it is: `async with serving_web(server) as port`
    def __init__(self, server: WebServer, tls: SSLContext | None = None) -> None:
        self._handler, self._tls = server, tls

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._handler.serve, "127.0.0.1", 0, ssl=self._tls)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
