"""Redis, for what can be done without it: asked with little patience, and left alone for a while when it does not answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import RedisError

T = TypeVar("T")

PATIENCE = 0.25
"""Seconds to wait for Redis before doing without it: about what it would save."""
REST = 5.0
"""Seconds without a further try after Redis did not answer: an outage must not cost each request its patience."""


class Resting:
    def __init__(self) -> None:
        self._until = 0.0

    async def ask(self, ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """The answer; what to do without one, where Redis is gone or rests."""
        if time.monotonic() < self._until:
            return otherwise
        try:
            async with asyncio.timeout(PATIENCE):
                return await ask()
        except (RedisError, OSError, TimeoutError):
            self._until = time.monotonic() + REST
            return otherwise
