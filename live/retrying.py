"""What goes on for hours must outlive a database that restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from errors import Unavailable

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds of trying again before it is given up."""
SHORTEST, LONGEST = 0.05, 2.0
"""Seconds between two tries, at first and at most."""


class Patience:
    """Of one outage."""

    def __init__(self) -> None:
        self._pause = SHORTEST
        self._ends: float | None = None

    async def spend(self, error: Unavailable) -> None:
        """Waits before the next try. Raises the error once there is no patience left."""
        now = asyncio.get_running_loop().time()
        if self._ends is None:
            self._ends = now + PATIENCE
        if now > self._ends:
            raise error
        await asyncio.sleep(self._pause)
        self._pause = min(LONGEST, 2 * self._pause)


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """Does it again as long as the database is away. Raises Unavailable when it stays away."""
    patience = Patience()
    while True:
        try:
            return await work()
        except Unavailable as error:
            await patience.spend(error)
