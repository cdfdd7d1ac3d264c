"""The floor: one route per question, whose whole answer PostgreSQL builds with one statement written by hand (sql/).

There is no GraphQL in it. What it costs, a GraphQL server can only add to.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import ids
from auth import Tokens
from bench.peers.serving import serve
from config import Settings

SQL = Path(__file__).parent / "sql"

Fetch = Callable[[asyncpg.Pool, UUID, str, object], Awaitable[str]]

# What a question varies by -> the value that PostgreSQL is given. Each statement's $1 is the tenant, its $2 this.
ARGUMENTS: Mapping[str, Callable[[str], object]] = {
    "before": datetime.fromisoformat,
    "facility": lambda given: ids.decode_as("Facility", given),
}


async def with_tenant_set(pool: asyncpg.Pool, tenant: UUID, statement: str, argument: object) -> str:
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.fetchval("SELECT set_tenant($1)", tenant)
        answer: str = await connection.fetchval(statement, tenant, argument)
        return answer


async def as_owner(pool: asyncpg.Pool, tenant: UUID, statement: str, argument: object) -> str:
    answer: str = await pool.fetchval(statement, tenant, argument)
    return answer


async def _no_reset(_: asyncpg.Connection) -> None:
    """Nothing that a request sets outlives its transaction: what asyncpg would reset costs a round trip for nothing."""


def create_app(settings: Settings, row_level_security: bool) -> Starlette:
    tokens, tenants = Tokens(settings), dict[str, UUID]()
    fetch: Fetch = with_tenant_set if row_level_security else as_owner

    async def tenant_of(request: Request) -> UUID:
        token = request.headers["authorization"].removeprefix("Bearer ")
        if token not in tenants:
            principal = await tokens.verify(token)
            assert principal.tenant_id
            tenants[token] = principal.tenant_id
        return tenants[token]

    def answering(statement: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            tenant = await tenant_of(request)
            [(name, value)] = orjson.loads(await request.body())["variables"].items()
            found = await fetch(request.state.pool, tenant, statement, ARGUMENTS[name](value))
            return Response(found.encode(), media_type="application/json")

        return answer

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, asyncpg.Pool]]:
        async with asyncpg.create_pool(
            settings.database_url,
            min_size=10,
            max_size=10,
            reset=_no_reset,
            server_settings={"timezone": "UTC", "jit": "off"},
        ) as pool:
            yield {"pool": pool}

    routes = [Route(f"/{file.stem}", answering(file.read_text()), methods=["POST"]) for file in SQL.glob("*.sql")]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    serve(create_app(Settings(), os.environ["ROW_LEVEL_SECURITY"] == "on"))
