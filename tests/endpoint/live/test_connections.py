"""Connections end when they should, take no more than they may, and leave nothing behind."""

import asyncio
import gc
import socket as sockets
import time
from contextlib import AsyncExitStack
from statistics import median
from typing import NamedTuple

import asyncpg
import httpx
import psutil
import pytest
import structlog
from redis.asyncio import Redis

from auth import Principal, Role, Tokens
from config import Settings
from db import api_keys
from db.scope import Database
from endpoint.live.answers import Live
from tests.api import Api
from tests.endpoint.live.conftest import Running, subscribed
from tests.endpoint.live.sockets import connected, signed_in
from tests.endpoint.live.writing import happen, written
from tests.factories import House

EVENTS = "subscription { noteEvents { cursor node { id text } } }"
MIB = 2**20
log = structlog.get_logger()


async def test_an_expired_token_closes_its_sockets(running: Running, settings: Settings, house: House) -> None:
    # The leeway of five seconds is on top of its life.
    token = Tokens(settings).issue(Principal(house.tenant, "somebody", Role.READER), -4)
    async with signed_in(running.address, token) as socket:
        await socket.subscribe("1", EVENTS)
        assert await socket.closed() == (4403, "This token has expired.")


async def test_a_revoked_key_closes_its_sockets_and_streams(running: Running, database: Database, house: House) -> None:
    key_id, key = await api_keys.create(database, house.tenant, "a dashboard", Role.READER, None, None)
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    async with (
        signed_in(running.address, str(key)) as socket,
        httpx.AsyncClient(base_url=running.address) as http,
        http.stream("POST", "/graphql", json={"query": EVENTS}, headers=headers) as response,
    ):
        await socket.subscribe("1", EVENTS)
        await api_keys.revoke(database, house.tenant, key_id)
        assert await socket.closed() == (4403, "This API key is not valid, has expired or was revoked.")
        text = "".join([piece async for piece in response.aiter_text()])
        assert '"code":"UNAUTHENTICATED"' in text
        assert text.endswith("event: complete\ndata:\n\n")


async def test_a_suspended_tenant_closes_its_sockets_and_no_others(
    running: Running, owner: asyncpg.Pool, api: Api, house: House, other_house: House
) -> None:
    other = api.as_(Role.CLINICIAN, other_house.tenant, "practitioner-0")
    async with (
        signed_in(running.address, api.as_(Role.READER, house.tenant).token) as socket,
        signed_in(running.address, other.token) as still_good,
    ):
        await subscribed(running.live, still_good, EVENTS)
        await owner.execute("UPDATE tenants SET status = 'SUSPENDED' WHERE id = $1", house.tenant)
        assert await socket.closed() == (4403, "This tenant is suspended.")
        await written(other, other_house)
        await still_good.next("1")


async def test_a_socket_has_so_many_operations_at_once(running: Running, clinician: Api) -> None:
    async with signed_in(running.address, clinician.token) as socket:
        for n in range(8):
            await subscribed(running.live, socket, EVENTS, str(n))
        await socket.subscribe("8", EVENTS)
        message = await socket.hear()
        assert (message["type"], message["id"]) == ("error", "8")
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await socket.tell({"id": "0", "type": "complete"})
        while running.live.sharing.riding > 7:
            await asyncio.sleep(0.005)
        await subscribed(running.live, socket, EVENTS, "8")


@pytest.mark.parametrize("limit", ["subscriptions_per_principal", "subscriptions_per_tenant"])
async def test_a_principal_and_a_tenant_have_so_many(
    running: Running, api: Api, house: House, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    few = running.live.settings.model_copy(update={limit: 1})
    monkeypatch.setattr(running.live._limits, "_settings", few)
    token = api.as_(Role.READER, house.tenant).token
    async with signed_in(running.address, token) as one, signed_in(running.address, token) as other:
        await subscribed(running.live, one, EVENTS)
        await other.subscribe("1", EVENTS)
        message = await other.hear()
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


def held_for_connections(live: Live) -> dict[str, int]:
    return {
        "executions": len(live.sharing),
        "riding": live.sharing.riding,
        "counted": len(live._limits._counts),
        "watched": len(live.standing._watched),
        "to be ended": len(live._endings),
    }


async def nothing_left(running: Running, redis: Redis) -> dict[str, int]:
    """Waits until nobody is connected. What the process then holds."""
    begun = time.monotonic()
    while any((held := held_for_connections(running.live)).values()):
        assert time.monotonic() - begun < 10, held
        await asyncio.sleep(0.05)
    gc.collect()
    return {"tasks": len(asyncio.all_tasks()), "redis": len(await redis.client_list())}


async def come_and_go_without_a_trace(running: Running, api: Api, house: House, settings: Settings, times: int) -> None:
    async with Redis.from_url(settings.redis_url or "") as redis:
        await come_and_go(running, api, house, 100)
        before = await nothing_left(running, redis)
        await come_and_go(running, api, house, times)
        after = await nothing_left(running, redis)
        # Some come and go with requests.
        assert all(after[each] < before[each] + 10 for each in before), (before, after)


async def come_and_go(running: Running, api: Api, house: House, times: int, at_once: int = 25) -> None:
    """Connections that subscribe; some complete, some close, some are cut off."""
    token = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0").token

    async def one(number: int) -> None:
        async with connected(running.address) as socket:
            await socket.tell({"type": "connection_init", "payload": {"token": token}})
            await socket.subscribe("1", EVENTS)
            await socket.subscribe("2", 'subscription { dailyStats(date: "2026-03-02") { total } }')
            await socket.hear()
            if number % 3 == 0:
                await socket.tell({"id": "1", "type": "complete"})
            if number % 3 == 1:
                socket.connection.transport.abort()

    for start in range(0, times, at_once):
        await asyncio.gather(*(one(start + n) for n in range(at_once)))


async def test_nothing_is_left_of_those_who_have_gone(
    running: Running, api: Api, house: House, settings: Settings
) -> None:
    await come_and_go_without_a_trace(running, api, house, settings, 300)


class Slowed(NamedTuple):
    mib: float
    """By what the process grew meanwhile."""
    ratio: float
    """What a batch of events took for the other, as a median, to what it took before."""


BATCH = 500


async def read_slowly(running: Running, api: Api, house: House, count: int, *, to_its_end: bool = True) -> Slowed:
    """One subscribes and gets half as many events, then another subscribes and does not read, and there are so many."""
    token = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0").token
    note = await house.note(text="x" * 2_000)
    async with AsyncExitStack() as stack:
        quick = await stack.enter_async_context(signed_in(running.address, token))
        await subscribed(running.live, quick, EVENTS)

        async def batches(events: int) -> tuple[list[str], float]:
            """Their cursors, and the median of the seconds that each batch took."""
            cursors, seconds = list[str](), list[float]()
            for _ in range(0, events, BATCH):
                begun = time.perf_counter()
                await happen(house, note, BATCH)
                cursors += [(await quick.next("1"))["data"]["noteEvents"]["cursor"] for _ in range(BATCH)]
                seconds.append(time.perf_counter() - begun)
            return cursors, median(seconds)

        _, alone = await batches(count // 2)
        small = sockets.create_connection(("127.0.0.1", int(running.address.rpartition(":")[2])))
        small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 65_536)
        small.setblocking(False)
        slow = await stack.enter_async_context(connected(running.address, sock=small, max_queue=1, ping_interval=None))
        await slow.tell({"type": "connection_init", "payload": {"token": token}})
        await slow.hear()
        await subscribed(running.live, slow, EVENTS)
        process = psutil.Process()
        before = process.memory_info().rss
        cursors, meanwhile = await batches(count)
        grown = (process.memory_info().rss - before) / MIB
        assert len(set(cursors)) == count
        # It has fallen behind by more than the ring holds, and all the same gets everything.
        if to_its_end:
            assert [(await slow.next("1"))["data"]["noteEvents"]["cursor"] for _ in range(count)] == cursors
    return Slowed(grown, meanwhile / alone)


async def test_who_does_not_read_costs_no_memory_and_holds_up_nobody(running: Running, api: Api, house: House) -> None:
    assert (await read_slowly(running, api, house, 4_000)).mib < 24


@pytest.mark.soak
async def test_ten_thousand_come_and_go(running: Running, api: Api, house: House, settings: Settings) -> None:
    await come_and_go_without_a_trace(running, api, house, settings, 10_000)


@pytest.mark.soak
async def test_a_hundred_thousand_events_for_who_does_not_read(running: Running, api: Api, house: House) -> None:
    # By then the server has given up on it: who does not read answers no pings.
    slowed = await read_slowly(running, api, house, 100_000, to_its_end=False)
    log.info("slowed", mib=round(slowed.mib, 1), ratio=round(slowed.ratio, 3))
    assert slowed.mib < 32
    assert slowed.ratio < 1.1
