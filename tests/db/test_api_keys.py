"""API keys: what opens a tenant's door for machines."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest
from uuid_utils.compat import uuid7

from auth import TENANT_ROLES, ApiKey, Role
from db import api_keys
from db.scope import PLATFORM, Database
from tests.api import Api
from tests.factories import House

VIEWER = "{ viewer { role subject tenant { name } practitioner { name } } }"
REFUSED = "This API key is not valid, has expired or was revoked."
GARBLED = "This API key is not valid."


def refuses(response: httpx.Response, *messages: str) -> None:
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert error["message"] in messages


async def create(
    database: Database,
    house: House,
    role: Role = Role.ADMIN,
    *,
    subject: str | None = None,
    lasts: timedelta | None = None,
) -> tuple[UUID, ApiKey]:
    expires_at = None if lasts is None else datetime.now(UTC) + lasts
    return await api_keys.create(database, house.tenant, "a machine", role, subject, expires_at)


@pytest.mark.parametrize("role", TENANT_ROLES)
async def test_a_key_has_its_role(api: Api, database: Database, house: House, role: Role) -> None:
    key_id, key = await create(database, house, role, lasts=timedelta(days=1))
    data = await api.bearing(str(key)).ask("{ viewer { role subject } notes { totalCount } }")
    assert data == {"viewer": {"role": role, "subject": f"api-key:{key_id}"}, "notes": {"totalCount": 0}}


async def test_the_platform_has_no_keys(database: Database) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="violates foreign key constraint"):
        await api_keys.create(database, PLATFORM, "a machine", Role.ADMIN, None, None)


async def test_a_key_may_not_be_the_platforms(database: Database, house: House) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="api_keys_role_check"):
        await create(database, house, Role.PLATFORM_ADMIN)


async def test_a_key_with_a_subject_writes_as_that_practitioner(api: Api, database: Database, house: House) -> None:
    _, key = await create(database, house, Role.CLINICIAN, subject="practitioner-1")
    write = """mutation ($patient: ID!) { createNote(input: {patientId: $patient, category: VITALS, text: "Pulse 60."})
      { note { author { name } } } }"""
    patient = house.gid("Patient", house.patients[0])
    answer = await api.bearing(str(key)).ask(write, patient=patient)
    assert answer["createNote"]["note"]["author"] == {"name": "Ben Doctor"}
    _, nobodys = await create(database, house, Role.CLINICIAN)
    assert (await api.bearing(str(nobodys)).refused(write, patient=patient))["code"] == "FORBIDDEN"


async def test_a_revoked_key_is_refused_from_its_next_request_on(api: Api, database: Database, house: House) -> None:
    key_id, key = await create(database, house)
    _, another = await create(database, house)
    await api.bearing(str(key)).ask(VIEWER)
    assert await api_keys.revoke(database, house.tenant, key_id)
    refuses(await api.bearing(str(key)).post(VIEWER), REFUSED)
    await api.bearing(str(another)).ask(VIEWER)
    assert not await api_keys.revoke(database, house.tenant, key_id), "once"


async def test_a_key_is_revoked_by_its_own_tenant_alone(
    api: Api, database: Database, house: House, other_house: House
) -> None:
    key_id, key = await create(database, house)
    assert not await api_keys.revoke(database, other_house.tenant, key_id)
    assert not await api_keys.revoke(database, PLATFORM, key_id)
    await api.bearing(str(key)).ask(VIEWER)


async def test_an_expired_key_is_refused(api: Api, database: Database, house: House) -> None:
    _, key = await create(database, house, lasts=timedelta(seconds=-1))
    refuses(await api.bearing(str(key)).post(VIEWER), REFUSED)


async def test_a_key_opens_no_other_tenant(api: Api, database: Database, house: House, other_house: House) -> None:
    """Neither with another tenant's prefix, nor with one of a tenant that does not exist, nor with the platform's."""
    _, key = await create(database, house)
    for tenant_id in (other_house.tenant, uuid7(), PLATFORM):
        refuses(await api.bearing(str(ApiKey(tenant_id, key.secret))).post(VIEWER), REFUSED)


async def test_garbage_is_refused(api: Api, database: Database, house: House) -> None:
    _, key = await create(database, house)
    good = str(key)
    bad = [good[:-1], good + "x", good.swapcase(), good.replace("cnk_", "cnk_cnk_", 1), good.replace("_", "-")]
    bad += ["cnk_", "cnk__", f"cnk_{house.tenant.hex}", f"cnk_{house.tenant.hex}_", "cnk_x_y", f"cnk_{'f' * 10_000}_y"]
    bad += [key.digest.hex(), f"cnk_{house.tenant.hex}_{key.digest.hex()}", key.secret]
    for credential in bad:
        refuses(await api.bearing(credential).post(VIEWER), REFUSED, GARBLED, "This token is not valid.")
    await api.bearing(good).ask(VIEWER)


async def test_a_suspended_tenants_key_is_refused_until_it_is_resumed(
    api: Api, database: Database, owner: asyncpg.Pool, house: House
) -> None:
    _, key = await create(database, house)
    machine, suspend = api.bearing(str(key)), "UPDATE tenants SET status = $2 WHERE id = $1"
    await owner.execute(suspend, house.tenant, "SUSPENDED")
    response = await machine.post(VIEWER)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    await owner.execute(suspend, house.tenant, "ACTIVE")
    await machine.ask(VIEWER)


async def test_only_the_hash_is_kept(database: Database, owner: asyncpg.Pool, house: House) -> None:
    key_id, key = await create(database, house)
    row = await owner.fetchrow("SELECT *, k::text AS line FROM api_keys k WHERE id = $1", key_id)
    assert row is not None
    assert row["digest"] == key.digest
    assert key.secret not in row["line"]
    assert key.secret.encode().hex() not in row["line"]
    assert len(key.secret) >= 43, "256 bits, which nobody guesses"


async def test_the_list_shows_the_tenants_keys_revoked_ones_too(
    database: Database, house: House, other_house: House
) -> None:
    first, second = (await create(database, house))[0], (await create(database, house))[0]
    await create(database, other_house)
    await api_keys.revoke(database, house.tenant, first)
    listed = await api_keys.list_all(database, house.tenant)
    assert [(key.id, key.revoked_at is not None, key.version) for key in listed] == [
        (first, True, 2),
        (second, False, 1),
    ]
