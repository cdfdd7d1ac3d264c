"""Shares of a budget that all processes spend together: Redis counts what was handed out in each window of a minute.

A process leases a share and spends it without asking anybody; what is left of it when the window ends is gone. Where Redis
is away, each process counts by itself, so nobody is refused because of that.
"""

import time
from typing import Any, NamedTuple

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from db.resting import Resting

WINDOW = 60
"""Seconds of a window."""
SHARES = 50
"""Into how many a budget is cut: what a process can leave unspent, and how often it asks Redis at most."""


class Lease(NamedTuple):
    amount: int
    """0 where there is less than was asked for."""
    remaining: int
    """What others can still lease in this window."""
    ends: float
    """When the window does; seconds since the epoch."""


class Leases:
    def __init__(self, redis: Redis) -> None:
        # Typed by the library as options in an address are.
        options: dict[str, Any] = {"connection_pool": redis.connection_pool}
        self._shared = FixedWindowRateLimiter(
            RedisStorage("redis://", implementation="redispy", key_prefix="budgets", **options)
        )
        self._alone = FixedWindowRateLimiter(MemoryStorage())
        self._resting = Resting()

    async def lease(self, of: tuple[str, ...], quota: int, least: int) -> Lease:
        """A share of what `of` has in a window: `least` or more, or nothing."""
        item = RateLimitItemPerMinute(quota)
        if (lease := await self._resting.ask(lambda: _lease(self._shared, item, of, least), None)) is not None:
            return lease
        return await _lease(self._alone, item, of, least)


async def _lease(
    limiter: FixedWindowRateLimiter, item: RateLimitItemPerMinute, of: tuple[str, ...], least: int
) -> Lease:
    window = await limiter.get_window_stats(item, *of)
    begins = window.remaining == item.amount
    # Redis tells whole seconds: a window that is as good as over is not asked for again and again.
    ends = time.time() + WINDOW if begins else max(window.reset_time, time.time() + 1)
    amount = min(max(least, item.amount // SHARES), window.remaining)
    # Another process may have been faster. What was counted then is nobody's, and less than a share.
    if amount < least or not await limiter.hit(item, *of, cost=amount):
        return Lease(0, window.remaining, ends)
    return Lease(amount, window.remaining - amount, ends)
