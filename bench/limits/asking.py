"""A client that costs little by itself: requests over raw connections, one after the other on each, and their latencies."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from urllib.parse import urlsplit

import orjson

Latencies = list[float]
"""Seconds."""


def p95(latencies: Sequence[float]) -> float:
    """Milliseconds."""
    return sorted(latencies)[int(len(latencies) * 0.95)] * 1000


def post(document: str, token: str, variables: object = None) -> bytes:
    body = orjson.dumps({"query": document, "variables": variables})
    return (
        b"POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (token.encode(), len(body), body)
    )


LIVE = b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n"


class Asking:
    """So many connections that ask until they are told to stop; `pause` seconds between an answer and the next request."""

    def __init__(self, address: str, requests: Sequence[bytes], connections: int, pause: float = 0.0) -> None:
        self._where, self._requests = urlsplit(address), cycle(requests)
        self._connections, self._pause = connections, pause
        self.latencies: Latencies = []
        self.failed = 0

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator["Asking"]:
        tasks = [asyncio.create_task(self._ask()) for _ in range(self._connections)]
        try:
            yield self
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self) -> None:
        reader, writer = await asyncio.open_connection(self._where.hostname, self._where.port)
        try:
            while True:
                began = time.perf_counter()
                writer.write(next(self._requests))
                good = await _answered(reader)
                self.latencies.append(time.perf_counter() - began)
                self.failed += not good
                await asyncio.sleep(self._pause)
        finally:
            writer.close()


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Whether the answer is one without errors; reads all of it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    return b" 200 " in head.partition(b"\r\n")[0] and b'"errors"' not in body[:20] + body[-200:]
