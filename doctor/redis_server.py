"""Redis: what statistics, streams and budgets are shared through."""

from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError

from doctor.checks import Finding, Group, note, problem, warning
from doctor.subject import Subject

REDIS = Group("redis")


async def _info(on: Subject) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = await on.redis.info()
    except (RedisError, OSError):
        return None
    return found


@REDIS.check
async def reachable(on: Subject) -> AsyncIterator[Finding]:
    """Redis answers, and is new enough."""
    info = await _info(on)
    if info is None:
        yield problem(
            "Redis does not answer: statistics are slower, and nothing is live.",
            "See that REDIS_URL is right and it runs.",
        )
    elif int(str(info["redis_version"]).partition(".")[0]) < 7:
        yield problem(f"This is Redis {info['redis_version']}.", "Use Redis 7 or newer, or Valkey.")


@REDIS.check
async def memory(on: Subject) -> AsyncIterator[Finding]:
    """Redis has memory left, and evicts nothing that must stay."""
    if (info := await _info(on)) is None:
        return
    policy, most, used = info.get("maxmemory_policy", "noeviction"), info.get("maxmemory", 0), info["used_memory"]
    if most and policy.startswith("allkeys-"):
        yield warning(
            f"maxmemory-policy is {policy}: Redis may evict streams of events, which then have to be filled again.",
            "Set it to volatile-lru: what may go has an expiry.",
        )
    if most and used > 0.9 * most:
        yield warning(f"Redis has used {used / most:.0%} of its maxmemory.", "Give it more.")


@REDIS.check
async def persistence(on: Subject) -> AsyncIterator[Finding]:
    """Redis could keep its last snapshot."""
    if (info := await _info(on)) is None:
        return
    if info.get("rdb_last_bgsave_status") == "err" or info.get("aof_last_write_status") == "err":
        yield warning("Redis could not write to its disk.", "See its log: a full disk is the usual reason.")
    if info.get("loading"):
        yield note("Redis is loading its data, and answers nothing else until it is done.")
