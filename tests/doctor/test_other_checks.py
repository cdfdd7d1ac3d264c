"""Checks of what is no table: parameters of PostgreSQL, Redis, our own settings."""

from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config import Settings
from doctor import configuration, redis_server
from doctor.checks import Level
from doctor.parameters import judged
from tests.doctor.conftest import Find

GOOD = {
    "server_version_num": "180000",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "track_counts": "on",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "0",
    "random_page_cost": "1.1",
    "shared_buffers": "131072",
}


@pytest.mark.parametrize(
    ("name", "bad", "level"),
    [
        ("server_version_num", "140009", Level.PROBLEM),
        ("fsync", "off", Level.PROBLEM),
        ("full_page_writes", "off", Level.PROBLEM),
        ("synchronous_commit", "off", Level.PROBLEM),
        ("autovacuum", "off", Level.PROBLEM),
        ("track_counts", "off", Level.PROBLEM),
        ("log_statement", "all", Level.PROBLEM),
        ("log_min_duration_statement", "0", Level.PROBLEM),
        ("log_parameter_max_length_on_error", "-1", Level.PROBLEM),
        ("random_page_cost", "4", Level.NOTE),
        ("shared_buffers", "16384", Level.NOTE),
    ],
)
def test_a_parameter_that_hurts(name: str, bad: str, level: Level) -> None:
    assert list(judged(GOOD)) == []
    [finding] = judged({**GOOD, name: bad})
    assert finding.level is level
    assert finding.advice
    assert list(judged({key: value for key, value in GOOD.items() if key != name})) == []


def test_statements_may_be_logged_without_their_values() -> None:
    assert list(judged({**GOOD, "log_statement": "all", "log_parameter_max_length": "0"})) == []


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"host": "0.0.0.0"}, Level.WARNING, "ENVIRONMENT is development"),
        ({"host": "::", "environment": "production", "metrics_port": 9000}, Level.WARNING, "port 9000"),
        ({"plans": "fields"}, Level.NOTE, "PLANS"),
        ({"log_level": "debug"}, Level.NOTE, "LOG_LEVEL"),
        ({"workers": 10_000}, Level.NOTE, "10000 workers"),
    ],
)
def test_a_setting_that_does_not_fit(settings: Settings, changes: dict[str, Any], level: Level, words: str) -> None:
    assert configuration.judged(settings) == []
    [finding] = configuration.judged(settings.model_copy(update=changes))
    assert (finding.level, words in finding.what) == (level, True)


class Answering:
    """A Redis that says of itself what it is told to: one that is old, or has a full disk, is not at hand."""

    def __init__(self, **info: Any) -> None:
        self._info = {"redis_version": "7.2.4", "used_memory": 95, **info}

    async def info(self) -> dict[str, Any]:
        return self._info


@pytest.mark.parametrize(
    ("look", "info", "level"),
    [
        (redis_server.reachable, {"redis_version": "6.2.1"}, Level.PROBLEM),
        (redis_server.memory, {"maxmemory": 1000, "maxmemory_policy": "allkeys-lru"}, Level.WARNING),
        (redis_server.memory, {"maxmemory": 100, "maxmemory_policy": "volatile-lru"}, Level.WARNING),
        (redis_server.persistence, {"rdb_last_bgsave_status": "err"}, Level.WARNING),
        (redis_server.persistence, {"aof_last_write_status": "err"}, Level.WARNING),
        (redis_server.persistence, {"loading": 1}, Level.NOTE),
    ],
)
async def test_what_redis_says_of_itself(look: Any, info: dict[str, Any], level: Level, find: Find) -> None:
    assert await find(look) == []
    [finding] = await find(look, redis=Answering(**info))
    assert finding.level is level


async def test_redis_that_is_away(find: Find, tmp_path: Any) -> None:
    away = Redis(unix_socket_path=str(tmp_path / "nobody.sock"), retry=Retry(NoBackoff(), 0))
    [finding] = await find(redis_server.reachable, redis=away)
    assert finding.level is Level.PROBLEM
    assert await find(redis_server.memory, redis=away) == await find(redis_server.persistence, redis=away) == []
