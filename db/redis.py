"""The connection to Redis."""

from redis.asyncio import Redis

from config import Settings

PATIENCE = 2.0
"""Seconds to wait for Redis. What it holds can be done without, so it is better done without than waited for."""


def connect(settings: Settings) -> Redis:
    """Connects when it is first used."""
    assert settings.redis_url, "db.servers.provided() sets it"
    return Redis.from_url(settings.redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
