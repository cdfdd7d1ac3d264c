"""A database with the notes of one tenant, and what asks it: contexts as a request has them."""

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from pydantic import SecretStr

from auth import Principal, Role, Tokens
from bench.load import Bench
from config import Settings
from db import redis
from db.cache import Cache
from db.demo import Plan, load
from db.embedded import Servers
from db.scope import Database
from resolvers.context import Context

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2025, 12, 15)
ROOT = Path(__file__).parents[2]


@dataclass
class World:
    settings: Settings
    database: Database
    cache: Cache
    owner: asyncpg.Pool
    tenant_id: UUID
    subject: str
    facility: UUID
    facilities: int
    of_day: int
    of_facility: int
    """Notes of DAY: all, and those of the facility."""

    def context(self, role: Role = Role.ADMIN) -> Context:
        """A request's."""
        return Context(self.database, self.settings, Principal(self.tenant_id, self.subject, role), self.cache)

    def token(self, role: Role) -> str:
        return Tokens(self.settings).issue(Principal(self.tenant_id, self.subject, role), 3_600)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[httpx.AsyncClient]:
        """CareNotes in a process of its own, as an administrator in development meets it."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        names = ("database_url", "redis_url", "statement_timeout", "database_wait")
        values = {name.upper(): str(getattr(self.settings, name)) for name in names}
        assert self.settings.jwt_secret
        values |= {"JWT_SECRET": self.settings.jwt_secret.get_secret_value(), "PORT": str(port), "LOG_LEVEL": "warning"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "server.py", cwd=ROOT, env={**os.environ, **values}, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            headers = {"Authorization": f"Bearer {self.token(Role.ADMIN)}"}
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=600, limits=limits
            ) as http:
                await until_up(http)
                yield http
        finally:
            process.terminate()
            await process.wait()


async def until_up(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await http.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


def settings_for(servers: Servers, database: str) -> Settings:
    # The slow ways take longer than any request should.
    return Settings(
        database_url=servers.database_url.replace("/carenotes?", f"/{database}?"),
        redis_url=servers.redis_url,
        jwt_secret=SecretStr(secrets.token_urlsafe(48)),
        statement_timeout=600,
        database_wait=600,
    )


@asynccontextmanager
async def loaded(servers: Servers, notes: int) -> AsyncIterator[World]:
    bench = Bench(servers)
    owner_url, name = await bench.fresh()
    summary = await load(owner_url, Plan(until=UNTIL, notes=notes, tenants=1, days=30), lambda *_: None)
    settings, tenant = settings_for(servers, name), summary.tenants[0]
    database, shared = Database(settings), redis.connect(settings)
    async with asyncpg.create_pool(owner_url, min_size=1, max_size=2) as owner:
        places: list[Any] = await owner.fetch(
            "SELECT facility_id, notes FROM facility_days WHERE tenant_id = $1 AND day = $2 ORDER BY notes",
            tenant.id,
            DAY,
        )
        middle = places[len(places) // 2]
        yield World(
            settings,
            database,
            Cache(shared),
            owner,
            tenant.id,
            tenant.subject,
            middle["facility_id"],
            summary.rows["facilities"],
            sum(place["notes"] for place in places),
            middle["notes"],
        )
    await shared.aclose()
    await database.close()
    await bench.drop(name)
