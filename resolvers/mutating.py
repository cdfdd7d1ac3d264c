"""What every mutation shares: one effect per idempotency key, edits that do not overwrite what they have not seen."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import ColumnElement, func, select, update

from db import idempotency
from db.scope import Scope
from db.tables import Entity, Tenant
from errors import Conflict, Invalid, NotFound
from resolvers import checks
from resolvers.context import Info
from resolvers.references import in_words, row_id

T = TypeVar("T")
Work = Callable[[Scope], Awaitable[None]]


@strawberry.input
class Mutation:
    """What every mutation's input has."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description=(
            "Makes a retry safe: within 24 hours the same key with the same input has one effect, and answers with the "
            "same object, as it is by then. "
            "1 to 200 characters; a random UUID for each new intent does well."
        ),
    )


@strawberry.input
class Edit(Mutation):
    """What the input of every edit has."""

    id: strawberry.ID = strawberry.field(description="What to change.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The `version` that was read. If it is another by now, nothing changes and the answer is `CONFLICT`.",
    )


async def once(info: Info, body: Mutation, result_id: UUID, work: Work) -> UUID:
    """Does the work in one transaction and returns the id of its result: of the first time, where this is a retry."""
    async with info.context.write() as scope:
        if body.idempotency_key is not None:
            key = checks.line(body.idempotency_key, ["input", "idempotencyKey"])
            subject, mutation = info.context.principal.subject, info.field_name
            earlier = await idempotency.claim(scope, subject, mutation, key, _digest(body), result_id)
            if earlier is not None:
                return earlier
        await work(scope)
    return result_id


def _digest(body: Mutation) -> bytes:
    content = {name: value for name, value in asdict(body).items() if name != "idempotency_key"}
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)).digest()


def given(
    body: object, clearable: Collection[str] = (), **checked: Callable[[Any, checks.Path], Any]
) -> dict[str, Any]:
    """The fields of an input that were given (`Maybe`), each through its check. Null is for those that are clearable."""
    values = {}
    for name, check in checked.items():
        some = getattr(body, name)
        if some is not None:
            empty = some.value is None and name in clearable
            values[name] = None if empty else check(not_null(some, name), argument(name))
    return values


def not_null(some: strawberry.Some[T | None], name: str) -> T:
    """What was given. A null is refused here: Strawberry's own refusal of it does not say which field it is about."""
    if some.value is None:
        raise Invalid("This cannot be null. Leave it out, and it stays as it is.", argument(name))
    return some.value


def argument(name: str) -> checks.Path:
    """The path of an input's field, as the client spells it."""
    first, *rest = name.split("_")
    return ["input", first + "".join(word.capitalize() for word in rest)]


def as_is(value: Any, _: checks.Path) -> Any:
    """For values that their type has checked already."""
    return value


async def change(
    scope: Scope,
    model: type[Entity] | type[Tenant],
    body: Edit,
    values: dict[str, Any],
    allowed: ColumnElement[bool] | None = None,
) -> None:
    """Updates one row.

    Raises NotFound, or Conflict where its version is no longer the expected one or its state is not the `allowed` one.
    """
    this = identity(scope, model, row_id(model.__name__, body.id, ["input", "id"]))
    expected = [] if body.expected_version is None else [model.version == body.expected_version]
    conditions = [*this, *expected, *([] if allowed is None else [allowed])]
    changed = await scope.run(
        update(model).where(*conditions).values(**values, version=model.version + 1, updated_at=func.now())
    )
    if changed:
        return
    actual = await scope.value(select(model.version).where(*this))
    if actual is None:
        raise NotFound(in_words(model.__name__), ["input", "id"])
    refuse_stale(body.expected_version, actual)
    raise Conflict(f"This {in_words(model.__name__)} is in a state that does not allow it.", reason="STATE")


def identity(scope: Scope, model: type[Entity] | type[Tenant], found: UUID) -> Sequence[ColumnElement[bool]]:
    """The conditions that name one row of the tenant."""
    if issubclass(model, Entity):
        return [model.tenant_id == scope.tenant_id, model.id == found]
    return [model.id == found]


def refuse_stale(expected: int | None, actual: int) -> None:
    """Raises Conflict where a version was expected and the row has another."""
    if expected is not None and expected != actual:
        raise Conflict(
            f"This was changed by somebody else: expected version {expected}, it is {actual}. Read it again.",
            reason="STALE_VERSION",
            expected=expected,
            actual=actual,
        )
