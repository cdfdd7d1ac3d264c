"""One effect for each idempotency key, also when two requests with the same key arrive at once.

The key's row is written in the transaction of the effect. Of two transactions with one key, the second waits at the primary
key until the first has ended; then it finds the row, or does the work because the first rolled back.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from db.scope import Scope
from db.tables import IdempotencyKey
from errors import Conflict

KEPT = timedelta(hours=24)
_SWEPT = 10
"""Expired keys that each new one takes away: more than one, so that they cannot pile up, and few, so that it costs little."""


async def claim(scope: Scope, subject: str, mutation: str, key: str, digest: bytes, result_id: UUID) -> UUID | None:
    """None if the key is new: go on, and the result will be `result_id`. Else the id of the result of the first time.

    Raises Conflict where the key came with another body before. `digest` is a hash of the body.
    """
    ours = and_(
        IdempotencyKey.tenant_id == scope.tenant_id,
        IdempotencyKey.subject == subject,
        IdempotencyKey.mutation == mutation,
        IdempotencyKey.key == key,
    )
    offered = insert(IdempotencyKey).values(
        tenant_id=scope.tenant_id, subject=subject, mutation=mutation, key=key, digest=digest, result_id=result_id
    )
    claimed = await scope.value(
        offered.on_conflict_do_update(
            constraint="idempotency_keys_pkey",
            set_={name: offered.excluded[name] for name in ("digest", "result_id", "created_at")},
            where=IdempotencyKey.created_at < func.now() - KEPT,
        ).returning(IdempotencyKey.result_id)
    )
    if claimed is not None:
        await _sweep(scope)
        return None
    earlier = await scope.row(select(IdempotencyKey.__table__).where(ours), IdempotencyKey)
    assert earlier is not None
    if earlier.digest != digest:
        raise Conflict(
            "This idempotency key was used with another body. Take a new key for a new request.",
            reason="IDEMPOTENCY_KEY_REUSED",
        )
    return earlier.result_id


async def _sweep(scope: Scope) -> None:
    row = tuple_(IdempotencyKey.subject, IdempotencyKey.mutation, IdempotencyKey.key)
    expired = (
        select(IdempotencyKey.subject, IdempotencyKey.mutation, IdempotencyKey.key)
        .where(IdempotencyKey.tenant_id == scope.tenant_id, IdempotencyKey.created_at < func.now() - KEPT)
        .limit(_SWEPT)
        .with_for_update(skip_locked=True)
        # Not a plain subquery: a join may run that once for each row, and each time it would find ten more.
        .cte("expired")
    )
    await scope.run(delete(IdempotencyKey).where(IdempotencyKey.tenant_id == scope.tenant_id, row.in_(select(expired))))
