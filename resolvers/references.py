"""Global ids in arguments. Somebody else's id, nobody's and nonsense are treated alike."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

import ids
from db.scope import Scope
from db.tables import Identified
from errors import NotFound
from loaders.keys import among
from resolvers.checks import Path


def row_id(type_name: str, global_id: str, at: Path) -> UUID:
    """The id of a row that may exist. Raises NotFound for what can be none."""
    found = ids.decode_as(type_name, global_id)
    if found is None:
        raise NotFound(type_name.lower(), at)
    return found


async def existing(scope: Scope, model: type[Identified], global_id: str, at: Path) -> UUID:
    """The id of a row of this tenant. Raises NotFound unless there is one."""
    found = row_id(model.__name__, global_id, at)
    if await scope.value(select(model.id).where(model.tenant_id == scope.tenant_id, model.id == found)) is None:
        raise NotFound(model.__name__.lower(), at)
    return found


def among_ids(column: InstrumentedAttribute[UUID], type_name: str, global_ids: Sequence[str]) -> ColumnElement[bool]:
    """A filter by ids: those that are none of ours match nothing."""
    found = (ids.decode_as(type_name, each) for each in global_ids)
    return among(column, [each for each in found if each is not None])
