"""What goes on for hours must outlive a database that restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from errors import Unavailable

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds of trying again before it is given up."""
LONGEST = 2.0
"""Seconds between two tries, at most."""


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """Does it again as long as the database is away. Raises Unavailable when it stays away."""
    clock = asyncio.get_running_loop().time
    give_up = clock() + PATIENCE
    for attempt in count():
        try:
            return await work()
        except Unavailable:
            if clock() > give_up:
                raise
            await asyncio.sleep(min(LONGEST, 0.05 * 2**attempt))
    raise AssertionError("unreachable")
