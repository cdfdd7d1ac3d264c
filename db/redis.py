"""The connection to Redis."""

from redis.asyncio import Redis

PATIENCE = 2.0
"""Seconds to wait for Redis. What it holds can be done without, so it is better done without than waited for."""


def connect(url: str) -> Redis:
    """Connects when it is first used."""
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
