"""The last messages of an execution, for all who share it: each reads at its own pace, and whoever is too slow notices."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from live.cancelling import heed_cancellation

MESSAGES, BYTES = 256, 1_000_000
"""The most that a ring keeps. A single message may be longer, and is kept until the next."""
IN_A_ROW = 250
"""Readers who are handed messages before the rest of the process has its turn: a few milliseconds."""


class Message(NamedTuple):
    """The answer to one event, as JSON. `position` is the event's, None for what is no event but a state."""

    position: int | None
    payload: bytes


Push: TypeAlias = Callable[[Sequence[Message]], bool]
"""Hands messages on to a client, at once or not at all: says whether it did."""


class Ring:
    """Messages are counted from 0; `end` is the number of the next one."""

    def __init__(self, messages: int = MESSAGES, size: int = BYTES) -> None:
        self._most, self._most_bytes = messages, size
        self._kept: deque[Message] = deque()
        self._bytes = 0
        self._waiting: dict[Reader, asyncio.Future[None]] = {}
        self.end = 0
        self.closed = False

    async def add(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._kept.append(message)
            self._bytes += len(message.payload)
        self.end += len(messages)
        while len(self._kept) > self._most or (self._bytes > self._most_bytes and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft().payload)
        for number, reader in enumerate(list(self._waiting), 1):
            if reader in self._waiting and not reader.pushed():
                self._wake(reader)
            if number % IN_A_ROW == 0:
                await asyncio.sleep(0)

    def close(self) -> None:
        """There will be no more."""
        self.closed = True
        for reader in list(self._waiting):
            self._wake(reader)

    def since(self, number: int) -> list[Message] | None:
        """Those from this number on. None where they are no longer all there."""
        missing = self.end - number
        return None if missing > len(self._kept) else [self._kept[at] for at in range(-missing, 0)]

    async def news(self, reader: "Reader") -> None:
        """As with an asyncio.Event, for half the price, and with as many as wait here that is a good part of the whole."""
        heed_cancellation()
        waiter = self._waiting[reader] = asyncio.get_running_loop().create_future()
        try:
            await waiter
        finally:
            self._waiting.pop(reader, None)

    def _wake(self, reader: "Reader") -> None:
        waiter = self._waiting.pop(reader)
        if not waiter.done():
            waiter.set_result(None)


class Reader:
    """Reads a ring from its end on."""

    __slots__ = ("_number", "_push", "_ring")

    def __init__(self, ring: Ring, push: Push | None = None) -> None:
        """What comes while it waits is offered to `push`: to wake a task for each message costs as much as to send it."""
        self._ring, self._push, self._number = ring, push, ring.end

    async def read(self) -> Sequence[Message] | None:
        """The next ones, at least one; none once the ring is closed. None where they are no longer all there."""
        while self._number >= self._ring.end and not self._ring.closed:
            await self._ring.news(self)
        messages = self._ring.since(self._number)
        self._number = self._ring.end
        return messages

    def pushed(self) -> bool:
        """Whether all that was left could be."""
        messages = self._ring.since(self._number)
        if self._push is None or messages is None or not self._push(messages):
            return False
        self._number = self._ring.end
        return True
