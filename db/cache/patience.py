"""Asking Redis for what can be done without."""

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


class Patience:
    def __init__(self) -> None:
        self._rests_until = 0.0

    async def ask(self, ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """The answer; what to do without one, where Redis is gone or rests."""
        if time.monotonic() < self._rests_until:
            return otherwise
        try:
            async with asyncio.timeout(PATIENCE):
                return await ask()
        except (RedisError, OSError, TimeoutError):
            self._rests_until = time.monotonic() + REST
            return otherwise
