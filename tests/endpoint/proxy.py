"""A way to a server that a test can cut."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.engine import make_url


class Proxy:
    """Listens on a port of the loopback and passes on what it hears, until it is told otherwise."""

    def __init__(self, target: str) -> None:
        """`target` is the server's address: a path of a socket, or host:port."""
        self._target = target
        self._open: set[StreamWriter] = set()
        self._silent = False
        self._last_words: bytes | None = None
        self._dying_words: bytes | None = None
        self.port = 0

    async def __aenter__(self) -> "Proxy":
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Every connection is reset, and new ones are refused."""
        self._server.close()
        self._reset()
        await self._server.wait_closed()

    def swallow(self) -> None:
        """Connections stay, new ones are accepted, and nothing comes through in either direction."""
        self._silent = True

    def swallow_after(self, words: bytes) -> None:
        """The same, once a client has said these words: the server still hears them, the client hears no answer."""
        self._last_words = words

    def reset_at(self, words: bytes) -> None:
        """Connections are reset where a client says these words, which the server does not hear."""
        self._dying_words = words

    async def mend(self) -> None:
        """As it was, with new connections: those of before are reset."""
        self._reset()
        self._silent, self._last_words, self._dying_words = False, None, None
        if not self._server.is_serving():
            await self._listen()

    def _reset(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            if self._target.startswith("/"):
                there, to_there = await asyncio.open_unix_connection(self._target)
            else:
                there, to_there = await asyncio.open_connection(*self._target.rsplit(":", 1))
            await asyncio.gather(self._pass(reader, to_there, True), self._pass(there, writer, False))
        self._open.discard(writer)

    async def _pass(self, source: StreamReader, sink: StreamWriter, of_client: bool) -> None:
        """Until either end is closed: then the other is as well."""
        with suppress(OSError):
            while data := await source.read(65536):
                if self._silent:
                    continue
                if of_client and self._dying_words is not None and self._dying_words in data:
                    self._reset()
                    break
                if of_client and self._last_words is not None and self._last_words in data:
                    self._silent = True
                sink.write(data)
                await sink.drain()
        sink.transport.abort()


def postgres_target(url: str) -> str:
    parsed = make_url(url)
    folder, port = parsed.query.get("host"), parsed.query.get("port", parsed.port or 5432)
    return f"{folder}/.s.PGSQL.{port}" if folder else f"{parsed.host}:{port}"


def through(url: str, proxy: Proxy) -> str:
    """The same database by way of the proxy."""
    plain = make_url(url).set(host="127.0.0.1", port=proxy.port, query={})
    return plain.render_as_string(hide_password=False)


def redis_target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else parts.netloc


def redis_through(url: str, proxy: Proxy) -> str:
    parts = urlsplit(url)
    database = parse_qs(parts.query).get("db", ["0"])[0] if parts.scheme == "unix" else parts.path.strip("/")
    return f"redis://127.0.0.1:{proxy.port}/{database}"
