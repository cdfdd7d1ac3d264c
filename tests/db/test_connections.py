"""The connections at hand: taken again, given up when they are dead or not needed, lent to whoever waits."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from config import Settings
from db import connections
from db.connections import Connections


@pytest.fixture
async def two(settings: Settings) -> AsyncIterator[Connections]:
    found = Connections(settings.model_copy(update={"database_pool_size": 2}))
    yield found
    await found.close(5)


async def test_the_last_used_is_taken_again(two: Connections) -> None:
    first, second = await two.acquire(), await two.acquire()
    pids = {each: await each.fetchval("SELECT pg_backend_pid()") for each in (first, second)}
    await two.release(first)
    await two.release(second)
    again = await two.acquire()
    assert await again.fetchval("SELECT pg_backend_pid()") == pids[second]
    await two.release(again)


async def test_who_waits_gets_the_next(two: Connections) -> None:
    first, second = await two.acquire(), await two.acquire()
    assert two.exhausted
    waiting = asyncio.create_task(two.acquire())
    await asyncio.sleep(0)
    await two.release(first)
    third = await asyncio.wait_for(waiting, 5)
    assert await third.fetchval("SELECT 1") == 1
    await two.release(second)
    await two.release(third)


async def test_the_dead_are_replaced(two: Connections) -> None:
    lent = [await two.acquire() for _ in range(2)]
    pids = [await each.fetchval("SELECT pg_backend_pid()") for each in lent]
    connections.drop(lent[0])  # while it is in use
    for each in lent:
        await two.release(each)
    connections.drop(lent[1])  # while it is at hand
    fresh = [await two.acquire() for _ in range(2)]
    assert {await each.fetchval("SELECT pg_backend_pid()") for each in fresh}.isdisjoint(pids)
    for each in fresh:
        await two.release(each)


async def test_none_at_hand_is_trusted_once_one_was_dead(two: Connections) -> None:
    lent = [await two.acquire() for _ in range(2)]
    pids = [await each.fetchval("SELECT pg_backend_pid()") for each in lent]
    for each in lent:
        await two.release(each)
    await two.expire()
    fresh = await two.acquire()
    assert await fresh.fetchval("SELECT pg_backend_pid()") not in pids
    await two.release(fresh)


async def test_what_is_not_needed_goes_back(two: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "UNUSED", 0.05)
    lent = [await two.acquire() for _ in range(2)]
    for each in lent:
        await two.release(each)
    async with asyncio.timeout(5):
        while two.pool.get_idle_size() < 2:
            await asyncio.sleep(0.01)
    again = await two.acquire()
    assert await again.fetchval("SELECT 1") == 1
    await two.release(again)
