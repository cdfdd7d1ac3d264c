"""Answers before they are asked for: daily statistics of late, read anew after a start and when a day begins somewhere."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from db.cache import Cache
from db.calendar import Bucket, Days
from db.scope import Database
from errors import CareError
from loaders.daily_stats import DailyStats
from loaders.figures import Figures, Read

KEY = "figures-asked"
KEPT = 200
"""How many questions are remembered, of all tenants."""
LATELY = timedelta(days=2)
EVERY = timedelta(minutes=30)
"""Days begin at full and half hours, wherever one begins; but for a few places with a quarter."""

log = structlog.get_logger("carenotes")


class Question(NamedTuple):
    """Daily statistics that somebody asked for, their days as so many from the day (of UTC) on which they were."""

    tenant_id: UUID
    first: int
    last: int
    bucket: Bucket
    facilities: tuple[UUID, ...] | None

    def stats(self, today: date) -> DailyStats:
        days = Days(today + timedelta(days=self.first), today + timedelta(days=self.last), self.bucket)
        return DailyStats(days, self.facilities)


class Warming:
    def __init__(self, database: Database, cache: Cache, redis: Redis) -> None:
        self._database, self._cache, self._redis = database, cache, redis
        self._writing: set[asyncio.Task[None]] = set()

    def remember(self, tenant_id: UUID, stats: DailyStats) -> None:
        """Takes note, while the request goes on. Without Redis nothing is remembered."""
        task = asyncio.create_task(self._write(tenant_id, stats))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, tenant_id: UUID, stats: DailyStats) -> None:
        today, days = datetime.now(UTC).date(), stats.days
        question = [tenant_id, (days.first - today).days, (days.last - today).days, days.bucket, stats.facilities]
        with suppress(RedisError, OSError):
            # default: the driver's UUIDs are of a class of its own.
            await self._redis.zadd(KEY, {orjson.dumps(question, default=str): time.time()})
            await self._redis.zremrangebyrank(KEY, 0, -KEPT - 1)

    async def written(self) -> None:
        """When everything that was to be remembered is."""
        await asyncio.gather(*self._writing)

    async def run(self) -> None:
        """At once, and then at each full and half hour; until it is cancelled."""
        while True:
            await self.warm(datetime.now(UTC).date())
            await asyncio.sleep(EVERY.total_seconds() - time.time() % EVERY.total_seconds())

    async def warm(self, today: date) -> int:
        """How many questions were answered, one after the other: whoever asks now comes first."""
        warmed = 0
        for question in await self._lately():
            scope = self._database.read(question.tenant_id)
            try:
                reads: list[Read] = []
                await question.stats(today).read(Figures(scope, self._cache, reads))
                warmed += 1
            except CareError as error:
                # A tenant that is suspended by now; a database that is away, for which the next time is soon enough.
                log.info("not warmed", code=error.code)
            finally:
                await scope.close()
        return warmed

    async def _lately(self) -> list[Question]:
        since = time.time() - LATELY.total_seconds()
        found: list[Question] = []
        with suppress(RedisError, OSError):
            packed: Any
            for packed in await self._redis.zrevrangebyscore(KEY, "+inf", since):
                with suppress(ValueError, TypeError, OverflowError):
                    tenant, first, last, bucket, facilities = orjson.loads(packed)
                    some = None if facilities is None else tuple(map(UUID, facilities))
                    found.append(Question(UUID(tenant), first, last, Bucket(bucket), some))
        return found
