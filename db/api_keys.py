"""API keys: looked up on requests, made and revoked by operators. Only the hash of a key is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from uuid_utils.compat import uuid7

from auth import ApiKey as Credential
from auth import Principal, Role
from db.scope import Database
from db.tables import ApiKey
from errors import Unauthenticated


async def authenticate(database: Database, credential: Credential) -> Principal:
    """Raises Unauthenticated unless the key exists, has not expired and is not revoked."""
    scope = database.read(credential.tenant_id)
    try:
        key = await scope.row(
            select(ApiKey.__table__).where(
                ApiKey.tenant_id == credential.tenant_id,
                ApiKey.digest == credential.digest,
                ApiKey.revoked_at.is_(None),
                or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
            ),
            ApiKey,
        )
    except Unauthenticated:
        key = None  # No such tenant: not to be told from a tenant that has no such key.
    finally:
        await scope.close()
    if key is None:
        raise Unauthenticated("This API key is not valid, has expired or was revoked.")
    return Principal(credential.tenant_id, key.subject, Role(key.role))


async def create(
    database: Database, tenant_id: UUID, name: str, role: Role, subject: str | None, expires_at: datetime | None
) -> tuple[UUID, Credential]:
    """The key's id, and the key itself for the only time. Without a subject the key is nobody's: `api-key:<id>`."""
    key_id, credential = uuid7(), Credential.generate(tenant_id)
    async with database.write(tenant_id) as scope:
        await scope.run(
            insert(ApiKey).values(
                tenant_id=tenant_id,
                id=key_id,
                name=name,
                subject=subject or f"api-key:{key_id}",
                role=role,
                digest=credential.digest,
                expires_at=expires_at,
            )
        )
    return key_id, credential


async def list_all(database: Database, tenant_id: UUID) -> Sequence[ApiKey]:
    """All keys of the tenant, revoked ones too, oldest first."""
    scope = database.read(tenant_id)
    try:
        return await scope.rows(
            select(ApiKey.__table__).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.id), ApiKey
        )
    finally:
        await scope.close()


async def revoke(database: Database, tenant_id: UUID, key_id: UUID) -> bool:
    """Whether there was such a key that was not revoked yet."""
    now = datetime.now(UTC)
    async with database.write(tenant_id) as scope:
        changed = await scope.run(
            update(ApiKey)
            .where(ApiKey.tenant_id == tenant_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=now, updated_at=now, version=ApiKey.version + 1)
        )
    return changed == 1
