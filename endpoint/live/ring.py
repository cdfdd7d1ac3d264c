"""The last messages of an execution, for all who share it: each reads at its own pace, and whoever is too slow notices."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from live.cancelling import heed_cancellation

MESSAGES, BYTES = 256, 1_000_000
"""The most that a ring keeps. A single message may be longer, and is kept until the next."""


class Message(NamedTuple):
    """The answer to one event, as JSON. `position` is the event's, None for what is no event but a state."""

    position: int | None
    payload: bytes


class Ring:
    """Messages are counted from 0; `end` is the number of the next one."""

    def __init__(self, messages: int = MESSAGES, size: int = BYTES) -> None:
        self._most, self._most_bytes = messages, size
        self._kept: deque[Message] = deque()
        self._bytes = 0
        self._waiting: dict[asyncio.Future[None], None] = {}
        self.end = 0
        self.closed = False

    def add(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._kept.append(message)
            self._bytes += len(message.payload)
        self.end += len(messages)
        while len(self._kept) > self._most or (self._bytes > self._most_bytes and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft().payload)
        self._wake()

    def close(self) -> None:
        """There will be no more."""
        self.closed = True
        self._wake()

    async def read(self, number: int) -> Sequence[Message] | None:
        """Those from this number on, at least one; none once it is closed. None where they are no longer all there."""
        while number >= self.end and not self.closed:
            await self._news()
        missing = self.end - number
        if missing > len(self._kept):
            return None
        return list(islice(self._kept, len(self._kept) - missing, None))

    async def _news(self) -> None:
        """As with an asyncio.Event, for half the price, and with as many as wait here that is a good part of the whole."""
        heed_cancellation()
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = None
        try:
            await waiter
        except asyncio.CancelledError:
            self._waiting.pop(waiter, None)
            raise

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
