"""Whether this process runs, and whether it can serve."""

import asyncio
from collections.abc import Awaitable
from functools import cache

from starlette.requests import Request
from starlette.responses import JSONResponse

from db import guard, migrate
from db.scope import PLATFORM, Database

PATIENCE = 2.0
"""Seconds that a server gets to answer."""


async def live(_: Request) -> JSONResponse:
    """200 while the event loop turns. Asks nobody else: restarting this process would not mend them."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> JSONResponse:
    """200 when database, migrations and Redis are fine, else 503; says which are not."""
    revision, pong = await asyncio.gather(
        _answer(_revision(request.state.database)), _answer(request.state.redis.ping())
    )
    checks = {
        "database": revision is not None,
        "migrations": revision is not None and revision == _head(),
        "redis": bool(pong),
    }
    fine = all(checks.values())
    states = {name: "ok" if good else "failing" for name, good in checks.items()}
    return JSONResponse({"status": "ok" if fine else "failing", "checks": states}, 200 if fine else 503)


async def _revision(database: Database) -> object:
    scope = database.read(PLATFORM)
    try:
        return await scope.value(guard.REVISION)
    finally:
        await scope.close()


async def _answer(question: Awaitable[object]) -> object:
    try:
        return await asyncio.wait_for(question, PATIENCE)
    except Exception:  # noqa: BLE001  # whatever it is, the server is not ready
        return None


@cache
def _head() -> str:
    return migrate.head()
