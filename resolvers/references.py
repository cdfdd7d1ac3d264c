"""Global ids in arguments. Somebody else's id, nobody's and nonsense are treated alike."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

import ids
from db.scope import Scope
from db.tables import Facility
from errors import NotFound
from resolvers.checks import Path


def row_id(type_name: str, global_id: str, at: Path) -> UUID:
    """The id of a row that may exist. Raises NotFound for what can be none."""
    found = ids.decode_as(type_name, global_id)
    if found is None:
        raise NotFound(in_words(type_name), at)
    return found


def in_words(type_name: str) -> str:
    """For messages: a ReminderRule is a reminder rule."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type_name).lower()


async def facility_of(scope: Scope, facility_id: UUID) -> Facility | None:
    return await scope.row(
        select(Facility.__table__).where(Facility.tenant_id == scope.tenant_id, Facility.id == facility_id), Facility
    )


async def facility_given(scope: Scope, global_id: str) -> Facility:
    """The facility that an input names as `facilityId`. Raises NotFound unless the tenant has it."""
    at = ("input", "facilityId")
    found = await facility_of(scope, row_id("Facility", global_id, at))
    if found is None:
        raise NotFound("facility", at)
    return found


def row_ids(type_name: str, global_ids: Sequence[str]) -> list[UUID]:
    """For a filter by ids: those that are none of ours match nothing."""
    found = (ids.decode_as(type_name, each) for each in global_ids)
    return [each for each in found if each is not None]
