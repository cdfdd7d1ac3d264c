"""`/status`: who may ask, what each is told, and that it answers while its servers do not."""

from typing import Any

import httpx
import pytest

from auth import Role
from config import Settings
from db.migrate import head
from tests.api import Api
from tests.factories import House
from tests.reminding import due
from tests.serving import serving


async def status_for(api: Api) -> httpx.Response:
    return await api.http.get("/status", headers={"Authorization": f"Bearer {api.token}"} if api.token else {})


async def test_the_platforms_administrator_sees_process_and_servers(api: Api) -> None:
    response = await status_for(api.as_(Role.PLATFORM_ADMIN))
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    told: dict[str, Any] = response.json()
    assert set(told) >= {"version", "startedAt", "uptimeSeconds", "process", "database", "redis", "cache", "events"}
    assert set(told["reminders"]) == {"due", "oldestDueSeconds"}
    assert told["database"]["status"] == told["redis"]["status"] == "ok"
    assert told["database"]["migrations"] == {"at": head(), "needed": head()}
    assert told["database"]["connections"]["most"] == 10
    assert told["uptimeSeconds"] >= 0


async def test_an_administrator_sees_the_own_tenants_queue_and_no_servers(
    api: Api, house: House, other_house: House
) -> None:
    await due(house, 3)
    await due(other_house, 1)
    await house.pool.execute("INSERT INTO delivery_pauses VALUES ($1, 'PUSH', now(), 'somebody')", house.tenant)
    told = (await status_for(api.as_(Role.ADMIN, house.tenant))).json()
    assert set(told) == {"version", "reminders", "events"}
    reminders = told["reminders"]
    assert (reminders["queued"], reminders["due"], reminders["inHand"]) == (3, 3, 0)
    assert reminders["oldestDueSeconds"] >= 60
    assert reminders["paused"] == ["PUSH"]


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.COORDINATOR, Role.BILLING, Role.READER])
async def test_nobody_else_is_told(api: Api, house: House, role: Role) -> None:
    response = await status_for(api.as_(role, house.tenant))
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_without_a_credential_it_is_refused(api: Api) -> None:
    response = await status_for(api)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_it_answers_while_redis_is_away(settings: Settings, tmp_path: object) -> None:
    away = settings.model_copy(update={"redis_url": f"unix://{tmp_path}/nobody.sock"})
    async with serving(away) as address, httpx.AsyncClient(base_url=address) as http:
        told = (await status_for(Api(http, away).as_(Role.PLATFORM_ADMIN))).json()
    assert told["redis"] == {"status": "failing"}
    assert told["database"]["status"] == "ok"
