"""What a ring keeps, and what it tells who is too slow for it."""

import asyncio

from endpoint.live.ring import Message, Ring


def messages(*positions: int, size: int = 1) -> list[Message]:
    return [Message(position, b"x" * size) for position in positions]


async def test_each_reads_from_its_own_number() -> None:
    ring = Ring(messages=3)
    ring.add(messages(1, 2, 3))
    assert await ring.read(0) == messages(1, 2, 3)
    assert await ring.read(2) == messages(3)
    ring.add(messages(4))
    assert ring.end == 4
    assert await ring.read(0) is None
    assert await ring.read(1) == messages(2, 3, 4)


async def test_who_has_read_everything_waits_for_the_next() -> None:
    ring = Ring()
    waiting = [asyncio.create_task(ring.read(0)) for _ in range(3)]
    await asyncio.sleep(0)
    ring.add(messages(1))
    assert await asyncio.gather(*waiting) == [messages(1)] * 3
    last = asyncio.create_task(ring.read(1))
    await asyncio.sleep(0)
    ring.close()
    assert await last == []


async def test_long_messages_take_the_place_of_many() -> None:
    ring = Ring(size=100)
    ring.add(messages(1, 2, 3, size=40))
    assert await ring.read(0) is None
    assert [message.position for message in await ring.read(1) or ()] == [2, 3]
    ring.add(messages(4, size=1_000))
    assert [message.position for message in await ring.read(3) or ()] == [4]
