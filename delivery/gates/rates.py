"""How many messages a provider takes in a time, of all processes together: leased from Redis in chunks.

Redis away, each process keeps to the rate by itself.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from config import Settings
from db.resting import Resting
from db.vocabulary import Channel

_CHUNKS = 10
"""A lease is one in so many parts of a rate: small enough that no process holds what others wait for."""


def rates(settings: Settings) -> dict[Channel, RateLimitItem]:
    """Those that the settings have; Settings has checked that they can be read."""
    given = {
        Channel.EMAIL: settings.email_rate,
        Channel.PUSH: settings.push_rate,
        Channel.WEBHOOK: settings.webhook_rate,
    }
    return {channel: parse(rate) for channel, rate in given.items() if rate is not None}


@dataclass
class _Lease:
    """What is left of it is good for one period: it was counted in that."""

    left: int = 0
    until: float = 0.0
    dry_until: float = 0.0


class Rates:
    def __init__(self, redis: Redis | None, rates: Mapping[Channel, RateLimitItem]) -> None:
        self._rates = rates
        self._leases = {channel: _Lease() for channel in rates}
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_storage(redis)) if redis is not None and rates else None
        self._resting = Resting()

    async def take(self, channel: Channel, wanted: int) -> int:
        """How many may be sent now, up to so many."""
        rate = self._rates.get(channel)
        if rate is None:
            return wanted
        lease, now = self._leases[channel], asyncio.get_running_loop().time()
        if now >= lease.until:
            lease.left = 0
        if not lease.left and now >= lease.dry_until:
            chunk, period = max(1, rate.amount // _CHUNKS), rate.get_expiry()
            if await self._hit(rate, channel, chunk):
                lease.left, lease.until = lease.left + chunk, now + period
            else:
                lease.dry_until = now + period / _CHUNKS
        taken = min(wanted, lease.left)
        lease.left -= taken
        return taken

    def give_back(self, channel: Channel, unused: int) -> None:
        if channel in self._leases:
            self._leases[channel].left += unused

    def wait(self, channel: Channel) -> float:
        """Seconds until there may be more, where nothing was to be had."""
        return max(0.0, self._leases[channel].dry_until - asyncio.get_running_loop().time())

    async def _hit(self, rate: RateLimitItem, channel: Channel, chunk: int) -> bool:
        if (shared := self._shared) is not None:
            answer = await self._resting.ask(lambda: shared.hit(rate, channel, cost=chunk), None)
            if answer is not None:
                return answer
        return await self._alone.hit(rate, channel, cost=chunk)


def _storage(redis: Redis) -> RedisStorage:
    """On the connections that are there; the address is not looked at."""
    return RedisStorage(
        "async+redis://",
        implementation="redispy",
        key_prefix="carenotes:rate",
        connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # as its documentation has it
    )
