"""The tenants' streams in Redis: a copy of the newest events, quick to read and to wait for. They may be lost at any time.

An entry's id is `<position>-0`, and what a stream has already is not added again. So relays may repeat themselves, and any
reader sees what is missing: positions have no gaps.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from config import Settings
from db.event_tables import StreamEvent
from live.events import Event, packed, unpacked
from live.failures import heed_cancellation

# Adds what follows the newest entry. Where something is missing between them it adds nothing, unless it is told to, and
# answers the position of the newest.
_ADD = """
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local reached = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local first = tonumber(ARGV[1])
if reached + 1 < first and ARGV[2] ~= 'anew' then
  return reached
end
local entries = 4
for i = math.max(entries + 1, entries + 1 + reached + 1 - first), #ARGV do
  local position = string.format('%d', first + i - entries - 1)
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], position .. '-0', 'e', ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return math.max(reached, first + #ARGV - entries - 1)
"""


@dataclass(frozen=True)
class Retention:
    """How much is kept: in Redis both hold, in the database only the age."""

    events: int
    age: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Retention":
        return cls(settings.stream_length, timedelta(hours=settings.events_kept_hours))


def key(tenant_id: UUID) -> str:
    return f"events:{tenant_id}"


class Streams:
    """Everything here raises RedisError or OSError where Redis does not answer."""

    def __init__(self, redis: Redis, retention: Retention) -> None:
        self._redis, self.retention = redis, retention
        self._add = redis.register_script(_ADD)

    async def add(self, tenant_id: UUID, events: Sequence[StreamEvent], anew: bool = False) -> int:
        """The position that the stream has reached. Before the first of these: some are missing, and none was added.

        `anew`: the stream goes on with these, whatever is missing.
        """
        arguments = [
            events[0].position,
            "anew" if anew else "",
            self.retention.events,
            self.retention.age // timedelta(milliseconds=1),
            *map(packed, events),
        ]
        reached: int = await _heard(self._add(keys=[key(tenant_id)], args=arguments))
        return reached

    async def after(self, tenant_id: UUID, position: int, most: int) -> list[Event]:
        """What it has after that position; the first of it may be a later one than the next."""
        entries: Any = await _heard(self._redis.xrange(key(tenant_id), min=f"{position + 1}-0", count=most))
        return _events(entries)

    async def arriving(self, after: Mapping[UUID, int], most: int, milliseconds: int) -> dict[UUID, list[Event]]:
        """By tenant, what is after these positions; waits so long for the first of it."""
        tenants = {key(tenant_id): tenant_id for tenant_id in after}
        from_where: Any = {name: f"{after[tenant_id]}-0" for name, tenant_id in tenants.items()}
        answer: Any = await _heard(self._redis.xread(from_where, count=most, block=milliseconds))
        return {tenants[name.decode()]: _events(entries) for name, entries in answer or ()}

    async def forget(self, tenant_id: UUID) -> None:
        await _heard(self._redis.delete(key(tenant_id)))

    async def shorten(self, tenant_id: UUID, first: int) -> None:
        """Leaves out what is before that position."""
        await _heard(self._redis.xtrim(key(tenant_id), minid=f"{first}-0", approximate=False))


async def _heard(answer: Awaitable[Any]) -> Any:
    try:
        return await answer
    finally:
        heed_cancellation()


def _events(entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> list[Event]:
    return [unpacked(int(entry_id.partition(b"-")[0]), fields[b"e"]) for entry_id, fields in entries]
