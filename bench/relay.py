"""The relay: how fast a backlog of events gets its positions and its place in Redis, and how fast a lost stream is filled."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from bench.embedded import main
from bench.report import machine, table
from config import Settings
from db import redis
from db.embedded import Servers
from db.migrate import migrate
from db.scope import Database
from live.relay import Relay
from live.stream import Retention, Streams, key

ROUNDS = 3


class Bench:
    def __init__(self, owner: asyncpg.Connection, database: Database, streams: Streams) -> None:
        self._owner, self._database, self._streams = owner, database, streams

    async def tenant(self) -> UUID:
        tenant = uuid7()
        await self._owner.execute(
            "INSERT INTO tenants (id, slug, name, status, time_zone) VALUES ($1, $2, 'A tenant', 'ACTIVE', 'UTC')",
            *(tenant, str(tenant)),
        )
        return tenant

    async def happen(self, tenant: UUID, events: int) -> None:
        await self._owner.execute(
            """INSERT INTO outbox (tenant_id, kind, type, entity_id, facility_id, patient_id, payload)
               SELECT $1, 'SENT', 'Reminder', gen_random_uuid(), $1, gen_random_uuid(),
                      jsonb_build_object('appointment_id', gen_random_uuid(), 'channel', 'EMAIL')
               FROM generate_series(1, $2)""",
            *(tenant, events),
        )

    async def backlog(self, tenants: int, events: int) -> float:
        """Events a second, of all tenants, from a relay's start to the last position."""
        houses = [await self.tenant() for _ in range(tenants)]
        for house in houses:
            await self.happen(house, events // tenants)
        await self._owner.execute("ANALYZE outbox")
        return events / await self._relayed(
            lambda: self._owner.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"), houses[-1]
        )

    async def refilled(self, tenant: UUID) -> float:
        """Seconds until one more event has brought a lost stream back."""
        await self._streams._redis.delete(key(tenant))
        await self.happen(tenant, 1)
        newest = await self._owner.fetchval("SELECT position FROM event_streams WHERE tenant_id = $1", tenant) + 1

        async def there() -> bool:
            return bool(await self._streams.after(tenant, newest - 1, 1))

        return await self._relayed(there, tenant)

    async def _relayed(self, done: Callable[[], Awaitable[bool]], tenant: UUID) -> float:
        began = time.perf_counter()
        running = asyncio.create_task(Relay(self._database, self._streams).run())
        while not await done():  # noqa: ASYNC110  # another process may be at it
            await asyncio.sleep(0.01)
        took = time.perf_counter() - began
        running.cancel()
        await asyncio.wait([running])
        return took


async def measure(servers: Servers, quick: bool) -> tuple[dict[str, float], str]:
    await migrate(servers.migration_database_url, servers.database_url)
    settings = Settings(database_url=servers.database_url, redis_url=servers.redis_url)
    database, shared = Database(settings), redis.connect(settings)
    owner = await asyncpg.connect(servers.migration_database_url)
    bench = Bench(owner, database, Streams(shared, Retention.of(settings)))
    events = 20_000 if quick else 100_000
    one, many = list[float](), list[float]()
    for _ in range(1 if quick else ROUNDS):
        one.append(await bench.backlog(1, events))
        many.append(await bench.backlog(100, events))
    tenant = await bench.tenant()
    await bench.happen(tenant, events)
    await bench._relayed(lambda: owner.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"), tenant)
    refill = await bench.refilled(tenant)
    await owner.close()
    await shared.aclose()
    await database.close()
    figures = {
        "one_rate": sorted(one)[len(one) // 2],
        "many_rate": sorted(many)[len(many) // 2],
        "refill_seconds": refill,
    }
    text = f"""{machine()}; embedded PostgreSQL 18 and Valkey 8. `python -m bench.relay`: medians of {len(one)} rounds.

{
        table(
            [f"a backlog of {events:,} events", "events a second"],
            [["of one tenant", f"{figures['one_rate']:,.0f}"], ["of 100 tenants", f"{figures['many_rate']:,.0f}"]],
        )
    }

A stream that Redis had lost had its newest {settings.stream_length:,} events again {refill:.2f} s after the next event.
"""
    return figures, text


if __name__ == "__main__":
    main("relay", __doc__, measure)
