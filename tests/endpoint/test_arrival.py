"""Clients that send half a request, and then nothing more."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.factories import House
from tests.serving import serving

SECONDS = 1.0
SLACK = 1.5
"""For a machine that is busy."""
HALF_A_HEADER = b"POST /graphql HTTP/1.1\r\nHost: care\r\nContent-Ty"
HALF_A_BODY = (
    b"POST /graphql HTTP/1.1\r\nHost: care\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{"
)
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
WHOLE = b"GET /health/live HTTP/1.1\r\nHost: care\r\n\r\n"


@dataclass
class Waiting:
    address: str
    api: Api

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        where = urlsplit(self.address)
        return await asyncio.open_connection(where.hostname, where.port)

    async def cut_off(self, sent: bytes, later: bytes = b"", after: bytes = b"") -> tuple[float, bytes]:
        """Seconds from the first byte until the connection was closed, and what was said before. `later` comes byte by byte."""
        reader, writer = await self.connect()
        if after:
            writer.write(after)
            await reader.readuntil(b'{"status":"ok"}')
        began = time.monotonic()
        writer.write(sent)
        trickle = asyncio.create_task(self._trickle(writer, later))
        said = b""
        try:
            while piece := await reader.read(1_000):
                said += piece
        except ConnectionResetError:
            pass  # it was closed while we were sending
        finally:
            trickle.cancel()
            writer.close()
        return time.monotonic() - began, said

    async def _trickle(self, writer: asyncio.StreamWriter, rest: bytes) -> None:
        for byte in rest:
            await asyncio.sleep(SECONDS / 10)
            writer.write(bytes([byte]))


@pytest.fixture(scope="module")
async def waiting(settings: Settings) -> AsyncIterator[Waiting]:
    changed = settings.model_copy(update={"request_timeout": SECONDS})
    async with serving(changed) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        yield Waiting(address, Api(http, changed))


async def slow_clients(waiting: Waiting, house: House, count: int) -> None:
    """All are cut off in time, and somebody who asks meanwhile notices nothing."""
    nurse = waiting.api.as_(Role.CLINICIAN, house.tenant)
    half_a_body = HALF_A_BODY % str(nurse.token).encode()
    # What is sent at once, and what comes byte by byte until nobody listens any more.
    ways = [
        (b"", b""),
        (b"", half_a_body),
        (half_a_body[:1], half_a_body[1:]),
        (HALF_A_HEADER, b""),
        (half_a_body, b" " * 50),
    ]
    cut = [asyncio.create_task(waiting.cut_off(*ways[n % len(ways)])) for n in range(count)]
    answered = 0
    while not all(each.done() for each in cut):
        assert await nurse.ask("{ notes { totalCount } }")
        answered += 1
    assert answered > 3
    answered = 0
    for seconds, said in await asyncio.gather(*cut):
        assert SECONDS * 0.9 < seconds < SECONDS + SLACK + count / 100
        assert said in (b"", TOO_SLOW)
        answered += said == TOO_SLOW
    assert answered >= count / 2


async def test_fifty_slow_clients(waiting: Waiting, house: House) -> None:
    await slow_clients(waiting, house, 50)


@pytest.mark.soak
async def test_five_hundred_slow_clients(waiting: Waiting, house: House) -> None:
    await slow_clients(waiting, house, 500)


async def test_half_a_request_after_a_whole_one(waiting: Waiting) -> None:
    """Between two requests a connection may be idle for longer; once the second begins, its time runs."""
    seconds, said = await waiting.cut_off(HALF_A_HEADER, after=WHOLE)
    assert SECONDS * 0.9 < seconds < SECONDS + SLACK
    assert said == TOO_SLOW


async def test_who_is_slow_and_in_time_is_answered(waiting: Waiting) -> None:
    reader, writer = await waiting.connect()
    for part in (WHOLE[:10], WHOLE[10:30], WHOLE[30:]):
        writer.write(part)
        await asyncio.sleep(SECONDS / 5)
    assert b"200 OK" in await reader.readuntil(b"\r\n")
    await reader.readuntil(b'{"status":"ok"}')
    # And then nothing is under way: the connection stays.
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(), SECONDS + 0.3)
    writer.close()


async def test_the_answer_may_take_longer_than_the_request(waiting: Waiting, house: House) -> None:
    """Its time ends when it is there."""
    async with house.pool.acquire() as lock:
        held = lock.transaction()
        await held.start()
        await lock.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(waiting.api.as_(Role.CLINICIAN, house.tenant).ask("{ notes { totalCount } }"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asking), SECONDS + 0.3)
        await held.rollback()
        assert await asking == {"notes": {"totalCount": 0}}
