"""`GET /status`: how things are, for those who run them. Everybody else asks `/health`."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth import Principal, Role, Tokens
from config import Settings
from endpoint.asking import is_asking
from endpoint.credentials import bearer
from endpoint.errors import present_care_error, refusal
from errors import CareError, Forbidden, Unauthenticated
from monitoring import state


def status(settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    """The state of this process and its servers for a PLATFORM_ADMIN, of the own tenant for an ADMIN."""
    tokens = Tokens(settings)

    async def answer(request: Request) -> Response:
        database, authorization = request.state.database, request.headers.get("authorization", "")
        try:
            principal = await bearer(database, tokens, authorization)
            is_asking(principal)
            told = await _told(settings, request, principal)
        except CareError as error:
            refused = refusal(error.status, present_care_error(error))
            if isinstance(error, Unauthenticated):
                refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return answer


async def _told(settings: Settings, request: Request, principal: Principal) -> state.State:
    database = request.state.database
    if principal.role is Role.ADMIN and principal.tenant_id is not None:
        process = state.of_process(settings)
        return {"version": process["version"], **await state.of_tenant(database, principal.tenant_id)}
    if principal.role is not Role.PLATFORM_ADMIN:
        raise Forbidden("The status is for the roles PLATFORM_ADMIN and ADMIN.", roles=["PLATFORM_ADMIN", "ADMIN"])
    of_database, of_redis = await asyncio.gather(state.of_database(database), state.of_redis(request.state.redis))
    waiting = await state.of_platform(database) if of_database["status"] == "ok" else {}
    return {
        **state.of_process(settings),
        "database": of_database,
        "redis": of_redis,
        "cache": state.of_cache(request.state.cache),
        **waiting,
    }
