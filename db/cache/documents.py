"""Documents that clients have persisted by themselves (Apollo's automatic persisted queries), in this process and in Redis.

Each tenant has its own: what one has registered, no other can name, or find out to be there. A tenant's are bounded in
bytes and in time; those that were asked for least recently go first.
"""

from uuid import UUID

from cachetools import LRUCache
from redis.asyncio import Redis

from db.resting import Resting

KEPT = 4_000_000
"""Characters of documents that a process keeps, of all tenants."""
LIFETIME = 7 * 86_400
"""Seconds that a tenant's documents stay in Redis after the last that one of them was registered or looked for there."""

# Texts by hash, and hashes by when they were asked for last. One field of the texts, "", is their length together. Both keys
# of a tenant are in one slot of a cluster. TIME is the server's: clocks of processes differ.
_PUT = """
local texts, used, hash, text, limit = KEYS[1], KEYS[2], ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('EXISTS', used) == 0 then
  redis.call('DEL', texts)  -- a server that is short of memory may have dropped one key of the two
end
local now = redis.call('TIME')
redis.call('ZADD', used, now[1] * 1000000 + now[2], hash)
if redis.call('HSETNX', texts, hash, text) == 1 then
  local length = redis.call('HINCRBY', texts, '', #text)
  while length > limit do
    local oldest = redis.call('ZPOPMIN', used)[1]
    length = redis.call('HINCRBY', texts, '', -redis.call('HSTRLEN', texts, oldest))
    redis.call('HDEL', texts, oldest)
  end
end
redis.call('EXPIRE', texts, ARGV[4])
redis.call('EXPIRE', used, ARGV[4])
"""
_GET = """
local text = redis.call('HGET', KEYS[1], ARGV[1])
if text then
  local now = redis.call('TIME')
  redis.call('ZADD', KEYS[2], now[1] * 1000000 + now[2], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return text
"""


class PersistedDocuments:
    """Where Redis is away, each process knows its own."""

    def __init__(self, redis: Redis, limit: int) -> None:
        """`limit` is the bytes that a tenant may have in Redis; 0 turns persisting off."""
        self.limit = limit
        self._kept: LRUCache[tuple[UUID, str], str] = LRUCache(KEPT, len)
        self._put, self._get = redis.register_script(_PUT), redis.register_script(_GET)
        self._resting = Resting()

    def is_kept(self, tenant_id: UUID, sha256: str) -> bool:
        """Whether this process has it at hand."""
        return (tenant_id, sha256) in self._kept

    async def get(self, tenant_id: UUID, sha256: str) -> str | None:
        """None also for what was let go: the client sends it again."""
        if (text := self._kept.get((tenant_id, sha256))) is not None:
            return text
        found = await self._resting.ask(lambda: self._get(_keys(tenant_id), [sha256, LIFETIME]), None)
        if not isinstance(found, bytes):
            return None
        text = found.decode()
        self._keep(tenant_id, sha256, text)
        return text

    async def put(self, tenant_id: UUID, sha256: str, text: str) -> None:
        """What is larger than a sixteenth of the limit is not kept: it would drive out too many."""
        encoded = text.encode()
        if len(encoded) <= self.limit // 16:
            self._keep(tenant_id, sha256, text)
            await self._resting.ask(lambda: self._put(_keys(tenant_id), [sha256, encoded, self.limit, LIFETIME]), None)

    def _keep(self, tenant_id: UUID, sha256: str, text: str) -> None:
        if len(text) <= KEPT // 16:
            self._kept[tenant_id, sha256] = text


def _keys(tenant_id: UUID) -> list[str]:
    return [f"documents:{{{tenant_id}}}", f"documents:{{{tenant_id}}}:used"]
