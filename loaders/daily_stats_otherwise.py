"""Daily statistics in the ways we do not take, to measure ours by: all rows and five passes in Python; one SQL aggregate."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Date, Text, Uuid, bindparam, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import array

from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Facility, Note
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from loaders.daily_stats import Figures
from loaders.daily_stats_sql import COUNTED_STATUSES

_ALL_NOTES = Prepared(select(Note.__table__).where(Note.tenant_id == TENANT))
_FACILITIES = Prepared(select(Facility.__table__).where(Facility.tenant_id == TENANT))


async def in_python(scope: Scope, day: date, facilities: Sequence[UUID] | None) -> Figures:
    """Every row of the tenant, filtered here, then one pass for each breakdown."""
    zones = {row.id: ZoneInfo(row.time_zone) for row in await scope.rows(_FACILITIES, Facility)}
    notes = [
        note
        for note in await scope.rows(_ALL_NOTES, Note)
        if note.status != NoteStatus.ENTERED_IN_ERROR
        and (facilities is None or note.facility_id in facilities)
        and note.effective_at.astimezone(zones[note.facility_id]).date() == day
    ]
    categories, priorities, statuses, shifts, places = (
        Counter(getattr(note, name) for note in notes)
        for name in ("category", "priority", "status", "shift", "facility_id")
    )
    patients = len({note.patient_id for note in notes})
    ranking = sorted(places.items(), key=lambda place: (-place[1], place[0]))
    return Figures(
        None,
        day,
        day,
        len(notes),
        sum(note.late_entry for note in notes),
        [categories[word] for word in NoteCategory],
        [priorities[word] for word in NotePriority],
        [statuses[word] for word in COUNTED_STATUSES],
        [shifts[word] for word in Shift],
        [place for place, _ in ranking],
        [count for _, count in ranking],
        patients,
        len({note.author_id for note in notes}),
        round(len(notes) / patients, 2) if patients else None,
        datetime.now(UTC),
    )


async def by_aggregate(scope: Scope, day: date, facilities: Sequence[UUID] | None) -> Figures:
    """The day's notes through their index, counted by PostgreSQL: one statement, and one for the facilities."""
    if facilities is None:
        facilities = [row.id for row in await scope.rows(_FACILITIES, Facility)]
    given = {"facilities": facilities, "day": day}
    row: Any = await scope.row(_aggregate(), Figures, **given)
    places: Sequence[Any] = await scope.rows(_by_facility(), Facility, **given)
    return Figures(
        None,
        day,
        day,
        row.total,
        row.late_entries,
        row.categories,
        row.priorities,
        row.statuses,
        row.shifts,
        [place.facility_id for place in places],
        [place.notes for place in places],
        row.unique_patients,
        row.unique_authors,
        row.notes_per_patient,
        row.computed_at,
    )


def _notes() -> Any:
    names = ("facility_id", "patient_id", "author_id", "category", "priority", "status", "shift", "late_entry")
    day = bindparam("day", type_=Date())
    facilities = bindparam("facilities", type_=ARRAY(Uuid()))
    return func.counted_notes(TENANT, facilities, day, day + literal_column("1")).table_valued(
        *(column(name, Text()) for name in names), name="counted"
    )


@cache
def _aggregate() -> Prepared:
    notes = _notes()

    def each(name: str, words: Any, label: str) -> Any:
        return array([func.count().filter(notes.c[name] == literal_column(f"'{word}'")) for word in words]).label(label)

    patients = func.count(notes.c.patient_id.distinct())
    return Prepared(
        select(
            func.count().label("total"),
            func.count().filter(notes.c.late_entry).label("late_entries"),
            each("category", NoteCategory, "categories"),
            each("priority", NotePriority, "priorities"),
            each("status", COUNTED_STATUSES, "statuses"),
            each("shift", Shift, "shifts"),
            patients.label("unique_patients"),
            func.count(notes.c.author_id.distinct()).label("unique_authors"),
            func.round(
                func.count() * literal_column("1.0") / func.nullif(patients, literal_column("0")), literal_column("2")
            )
            .op("::")(literal_column("float"))
            .label("notes_per_patient"),
            func.now().label("computed_at"),
        ).select_from(notes)
    )


@cache
def _by_facility() -> Prepared:
    notes = _notes()
    count = func.count().label("notes")
    return Prepared(
        select(notes.c.facility_id, count).group_by(notes.c.facility_id).order_by(count.desc(), notes.c.facility_id)
    )
