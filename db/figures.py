"""Keeps the counts of notes in step with the notes. The SQL of it is in the migration 0002: one definition for all uses."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, Date, Text, Uuid, bindparam, cast, func, select, text

from db.calendar import next_month
from db.figure_tables import NotePerson
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Note

COUNTED = (
    Note.facility_id,
    Note.patient_id,
    Note.author_id,
    Note.category,
    Note.priority,
    Note.shift,
    Note.status,
    Note.effective_at,
    Note.late_entry,
)
"""What of a note decides where it is counted: for RETURNING."""

_FACILITIES = bindparam("facilities", type_=ARRAY(Uuid()))
_FROM, _BEFORE = bindparam("from_day", type_=Date()), bindparam("before_day", type_=Date())
_FACILITY = bindparam("facility_id", type_=Uuid())


def _noted(extreme: Callable[[Any], Any]) -> ColumnElement[date]:
    """The first or last day in UTC of the facility's notes."""
    notes = select(extreme(Note.effective_at)).where(Note.tenant_id == TENANT, Note.facility_id == _FACILITY)
    return cast(func.timezone("UTC", notes.scalar_subquery()), Date())


_COUNT = Prepared(select(func.count_notes(TENANT, bindparam("changes", type_=Text()))))
_REBUILD = Prepared(select(func.rebuild_figures(TENANT, _FACILITIES, _FROM, _BEFORE)))
_DRIFT = Prepared(select(text("*")).select_from(func.drifting_figures(TENANT, _FACILITIES, _FROM, _BEFORE)).limit(100))
_SPAN = Prepared(
    select(
        func.least(func.min(NotePerson.starts), _noted(func.min)).label("first"),
        func.greatest(func.max(NotePerson.starts), _noted(func.max)).label("last"),
    ).where(NotePerson.tenant_id == TENANT, NotePerson.facility_id == _FACILITY)
)


async def count(scope: Scope, before: Note | None, after: Note) -> None:
    """For a note that this transaction wrote or changed; the last thing to do in it.

    Holds the facility's lock until the transaction ends, so that what comes later keeps others waiting.
    """
    rows = [(after, 1)] if before is None else [(before, -1), (after, 1)]
    changes = [{**{each.key: getattr(note, each.key) for each in COUNTED}, "change": change} for note, change in rows]
    # default: the driver's UUIDs are of a class of its own.
    await scope.run(_COUNT, changes=orjson.dumps(changes, default=str).decode())


async def rebuild(
    scope: Scope, facilities: Sequence[UUID], from_day: date = date.min, before_day: date = date.max
) -> None:
    """Counts anew, while others write: they wait where they would change these counts.

    The days begin months. `date.min` and `date.max` reach the database as infinite.
    """
    await scope.run(_REBUILD, facilities=facilities, from_day=from_day, before_day=before_day)


class Drift(NamedTuple):
    """A day or month of a facility whose counts are not those of a recount."""

    what: str
    """The table."""
    facility_id: UUID
    starts: date


async def drift(
    scope: Scope, facilities: Sequence[UUID], from_day: date = date.min, before_day: date = date.max
) -> Sequence[Drift]:
    """What a recount finds otherwise, in the scope's snapshot: exact while others write. The days begin months."""
    return await scope.rows(_DRIFT, Drift, facilities=facilities, from_day=from_day, before_day=before_day)


class _Span(NamedTuple):
    first: date | None
    last: date | None


async def months(scope: Scope, facility_id: UUID) -> list[tuple[date, date]]:
    """All time, cut where months begin that the facility has notes or counts in: pieces that are short work each."""
    span = await scope.row(_SPAN, _Span, facility_id=facility_id)
    if span is None or span.first is None or span.last is None:
        return [(date.min, date.max)]
    cuts, cut = [date.min], span.first.replace(day=1)
    while (cut := next_month(cut)) <= span.last:
        cuts.append(cut)
    return list(pairwise([*cuts, date.max]))
