"""What is looked over: the settings, the database as both roles see it, and Redis."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

import asyncpg
from redis.asyncio import Redis

from config import Settings
from db import redis
from db.pool import Row, our_errors

Connection: TypeAlias = "asyncpg.Connection[Row]"

PATIENCE = 10.0
"""Seconds that a statement of ours may take: looking must not hurt."""


@dataclass(frozen=True)
class Limits:
    """From where on something is worth telling."""

    transaction: float = 60.0
    """Seconds that a transaction may be open."""
    lock: float = 5.0
    """Seconds that a session may wait for another."""
    overdue: float = 60.0
    """Seconds that a reminder may be late."""
    lately: float = 7 * 86_400
    """Seconds for which a reminder that died is worth telling."""
    waiting: float = 10.0
    """Seconds that an event may wait for its position."""
    clock: float = 1.0
    """Seconds between two clocks."""
    dead_rows: int = 20_000
    """Rows that are gone and still in the way."""
    big: int = 8 * 1024 * 1024
    """Bytes from which a table or an index matters."""
    scanned: int = 50_000
    """Rows that a table may have and be read whole again and again."""
    watched: float = 7 * 86_400
    """Seconds after which an index that nobody used is one that nobody uses."""
    transactions_left: int = 1_000_000_000
    """Of the 2 billion that PostgreSQL has before it refuses to write."""


@dataclass(frozen=True)
class Subject:
    settings: Settings
    app: Connection
    owner: "Connection | None"
    """None where MIGRATION_DATABASE_URL is not given: what only the owner sees is then not looked at."""
    redis: Redis
    limits: Limits = Limits()
    now: Callable[[], datetime] = field(default=partial(datetime.now, UTC))

    async def sessions(self) -> list[Any]:
        """The other sessions of the database, as far as our roles may look into them: each tells of its own."""
        found: dict[int, Any] = {}
        for connection in (self.app, self.owner):
            if connection is not None:
                found.update((row["pid"], row) for row in await connection.fetch(_SESSIONS))
        return list(found.values())


_SESSIONS = """
SELECT pid, usename AS role, application_name AS application, state, wait_event_type AS waits_for,
       extract(epoch FROM now() - xact_start)::float8 AS open, extract(epoch FROM now() - state_change)::float8 AS since,
       pg_blocking_pids(pid) AS blocked_by
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND state IS NOT NULL
  AND application_name <> 'carenotes doctor'
"""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Subject]:
    """`settings` name their servers. Raises Unavailable or asyncpg.PostgresError where the database does not open."""
    async with AsyncExitStack() as stack:
        app = await _connected(stack, settings.database_url or "", settings)
        owner_url = settings.migration_database_url
        owner = await _connected(stack, owner_url, settings) if owner_url else None
        shared = redis.connect(settings)
        stack.push_async_callback(shared.aclose)
        yield Subject(settings, app, owner, shared)


async def _connected(stack: AsyncExitStack, url: str, settings: Settings) -> Connection:
    with our_errors():
        connection = await asyncpg.connect(
            url,
            timeout=settings.database_wait,
            record_class=Row,
            server_settings={
                "application_name": "carenotes doctor",
                "statement_timeout": f"{PATIENCE}s",
                "default_transaction_read_only": "on",
            },
        )
    stack.push_async_callback(connection.close)
    return connection
