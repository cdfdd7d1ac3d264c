"""What a ring keeps, what it hands on at once, and what it tells who is too slow for it."""

import asyncio
from collections.abc import Sequence

from endpoint.live.ring import IN_A_ROW, Message, Reader, Ring


def messages(*positions: int, size: int = 1) -> list[Message]:
    return [Message(position, b"x" * size) for position in positions]


async def test_each_reads_from_its_own_number() -> None:
    ring = Ring(messages=3)
    first, second, third = Reader(ring), Reader(ring), Reader(ring)
    await ring.add(messages(1, 2, 3))
    assert await first.read() == await second.read() == messages(1, 2, 3)
    await ring.add(messages(4))
    assert await first.read() == messages(4)
    await ring.add(messages(5))
    assert await second.read() == messages(4, 5)
    assert await third.read() is None
    late = Reader(ring)
    await ring.add(messages(6))
    assert await late.read() == messages(6)


async def test_who_has_read_everything_waits_for_the_next() -> None:
    ring = Ring()
    readers = [Reader(ring) for _ in range(3)]
    waiting = [asyncio.create_task(each.read()) for each in readers]
    await asyncio.sleep(0)
    await ring.add(messages(1))
    assert await asyncio.gather(*waiting) == [messages(1)] * 3
    last = asyncio.create_task(readers[0].read())
    await asyncio.sleep(0)
    ring.close()
    assert await last == []


async def test_long_messages_take_the_place_of_many() -> None:
    ring = Ring(size=100)
    first, second = Reader(ring), Reader(ring)
    await ring.add(messages(1, size=40))
    assert await second.read() == messages(1, size=40)
    await ring.add(messages(2, 3, size=40))
    assert await first.read() is None
    assert [message.position for message in await second.read() or ()] == [2, 3]
    await ring.add(messages(4, size=1_000))
    assert [message.position for message in await second.read() or ()] == [4]


class Client:
    """Takes messages for as long as it has room."""

    def __init__(self, room: int = 1_000) -> None:
        self.room, self.taken = room, list[Message]()

    def push(self, messages: Sequence[Message]) -> bool:
        if self.room < len(messages):
            return False
        self.room -= len(messages)
        self.taken += messages
        return True


async def test_who_waits_is_handed_what_comes_as_long_as_it_takes_it() -> None:
    ring, client = Ring(), Client(room=3)
    reader = Reader(ring, client.push)
    await ring.add(messages(1))
    assert (await reader.read(), client.taken) == (messages(1), []), "it did not wait"
    waiting = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    await ring.add(messages(2, 3))
    await ring.add(messages(4, 5))
    assert await waiting == messages(4, 5)
    assert client.taken == messages(2, 3)


async def test_many_are_served_in_parts_and_may_leave_and_come_meanwhile() -> None:
    ring, clients = Ring(), [Client() for _ in range(2 * IN_A_ROW + 1)]
    waiting = [asyncio.create_task(Reader(ring, client.push).read()) for client in clients]
    await asyncio.sleep(0)
    adding = asyncio.create_task(ring.add(messages(1)))
    await asyncio.sleep(0)
    assert [len(client.taken) for client in clients] == [1] * IN_A_ROW + [0] * (IN_A_ROW + 1)
    waiting[-1].cancel()
    late = Client()
    coming = asyncio.create_task(Reader(ring, late.push).read())
    await adding
    assert [len(client.taken) for client in clients] == [1] * 2 * IN_A_ROW + [0]
    ring.close()
    assert await asyncio.gather(*waiting[:-1], coming) == [[]] * (2 * IN_A_ROW + 1)
    assert late.taken == [], "what was there before it came is not for it"
