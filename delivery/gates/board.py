"""What is closed and until when, as all processes know it: a sorted set in Redis, of which each keeps a copy.

Redis away, each process knows what it has closed itself. Times are Redis's own, so no clock of a dispatcher matters.
"""

import asyncio
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from db.resting import Resting

_KEY = "carenotes:closed"
_LOOK = 1.0
"""Seconds between two looks: one request of each process, however many reminders it sends."""
_FORGOTTEN = 3600.0
"""Seconds after its time at which what nobody has opened is no longer known."""


class Board:
    def __init__(self, redis: Redis | None) -> None:
        self._redis, self._resting = redis, Resting()
        self._until: dict[str, float] = {}
        """By the running loop's clock."""
        self._asked: dict[str, float] = {}
        self._ahead: float | None = None
        """How many seconds Redis's clock is ahead of the loop's; None before the first look."""

    def until(self, name: str) -> float | None:
        """When it may be tried again, by the running loop's clock; None where it is open."""
        return self._until.get(name)

    async def close(self, name: str, seconds: float) -> None:
        if self._ahead is None:
            await self.look()
        self._until[name] = until = asyncio.get_running_loop().time() + seconds
        if (redis := self._redis) is not None and (ahead := self._ahead) is not None:
            await self._tell(lambda: redis.zadd(_KEY, {name: until + ahead}))

    async def open(self, name: str) -> None:
        self._until.pop(name, None)
        if (redis := self._redis) is not None:
            await self._tell(lambda: redis.zrem(_KEY, name))
        await self.again(name)

    async def first(self, name: str, seconds: float) -> bool:
        """Whether nobody has asked within so many seconds, neither here nor elsewhere."""
        now = asyncio.get_running_loop().time()
        if self._asked.get(name, 0.0) > now:
            return False
        self._asked[name] = now + seconds
        if (redis := self._redis) is None:
            return True
        return bool(await self._resting.ask(lambda: redis.set(_turn(name), 1, nx=True, px=round(seconds * 1000)), True))

    async def again(self, name: str) -> None:
        """Whoever asks next is the first."""
        self._asked.pop(name, None)
        if (redis := self._redis) is not None:
            await self._tell(lambda: redis.delete(_turn(name)))

    async def run(self) -> None:
        """Keeps the copy fresh, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK)

    async def look(self) -> None:
        if (redis := self._redis) is None:
            return
        seen = await self._resting.ask(lambda: _read(redis), None)
        if seen is None:
            return
        redis_now, closed = seen
        self._ahead = ahead = redis_now - asyncio.get_running_loop().time()
        old = [name for name, until in closed.items() if until < redis_now - _FORGOTTEN]
        self._until = {name: until - ahead for name, until in closed.items() if name not in old}
        self._asked = {name: until for name, until in self._asked.items() if name in self._until}
        if old:
            await self._tell(lambda: redis.zrem(_KEY, *old))

    async def _tell(self, say: Callable[[], Awaitable[object]]) -> None:
        await self._resting.ask(say, None)


def _turn(name: str) -> str:
    return f"{_KEY}:{name}"


async def _read(redis: Redis) -> tuple[float, dict[str, float]]:
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.zrange(_KEY, 0, -1, withscores=True)
        (seconds, microseconds), closed = await pipeline.execute()
    return seconds + microseconds / 1e6, {name.decode(): until for name, until in closed}
