"""The newest events of a tenant, in memory once for all who follow it in this process."""

import asyncio
from collections.abc import Sequence

from live.events import Event

KEPT = 1000
"""Events that followers may be behind and still need not read for themselves."""


class Tail:
    """Followers hold a position each, and no events: how many they are costs no memory here."""

    def __init__(self, position: int) -> None:
        self.position = position
        """Of the newest event, whether it is kept here or came before."""
        self.followers = 0
        self._events: list[Event] = []
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._events)

    def at(self, position: int) -> Event | None:
        """None where it is not here: too old, or yet to come."""
        index = position - self.position - 1 + len(self._events)
        return self._events[index] if 0 <= index < len(self._events) else None

    def add(self, events: Sequence[Event]) -> bool:
        """Takes what follows; what is here already is passed over. False where something is missing before the rest."""
        for event in events:
            if event.position == self.position + 1:
                self._events.append(event)
                self.position = event.position
            elif event.position > self.position:
                self._wake()
                return False
        self._wake()
        return True

    def begin_at(self, position: int) -> None:
        """What is before it cannot be had any more."""
        if position > self.position:
            self._events.clear()
            self.position = position

    async def news(self) -> None:
        """Returns when there is another event, or when it is told to wake up."""
        await self._news.wait()

    def wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _wake(self) -> None:
        if len(self._events) > 2 * KEPT:  # not at each event: taking from the front moves the rest
            del self._events[:-KEPT]
        self.wake()
