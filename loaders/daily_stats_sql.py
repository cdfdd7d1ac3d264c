"""The statement behind daily statistics. What it reads grows with facilities, days and people, not with notes."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    CompoundSelect,
    Date,
    DateTime,
    Float,
    Integer,
    Interval,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.orm import InstrumentedAttribute

from db.figure_tables import FacilityDay, NoteCount, NotePerson
from db.statements import TENANT, Prepared
from db.tables import Facility
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift

Column: TypeAlias = ColumnElement[Any] | InstrumentedAttribute[Any]

COUNTED_STATUSES = [status for status in NoteStatus if status is not NoteStatus.ENTERED_IN_ERROR]

FIRST, LAST = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_MONTHS_FROM, _MONTHS_BEFORE = bindparam("months_from", type_=Date()), bindparam("months_before", type_=Date())
_BUCKET, _STEP = bindparam("bucket", type_=Text()), cast(bindparam("step", type_=Text()), Interval())
_ZERO: ColumnElement[int] = literal_column("0")
_DIMENSIONS: dict[str, tuple[str, Any]] = {
    "categories": ("category", NoteCategory),
    "priorities": ("priority", NotePriority),
    "statuses": ("status", COUNTED_STATUSES),
    "shifts": ("shift", Shift),
}


@cache
def statement(apart: bool, chosen: bool) -> Prepared:
    """Figures of each facility by itself, or of all together; of those that are given, or of the tenant's."""
    facilities = _facilities(chosen)
    days, people, places = _days(facilities, apart), _people(facilities, apart), _places(facilities, apart)
    periods = stretches()
    rows = periods.join(facilities, true()) if apart else periods
    for part in (days, people, places):
        same = part.c.starts == periods.c.starts
        rows = rows.outerjoin(part, and_(same, part.c.facility_id == facilities.c.id) if apart else same)
    patients = func.coalesce(people.c.unique_patients, _ZERO)
    total = func.coalesce(days.c.notes, _ZERO)
    return Prepared(
        select(
            (facilities.c.id if apart else cast(null(), Uuid())).label("facility_id"),
            periods.c.starts.label("date"),
            periods.c.through,
            total.label("total"),
            func.coalesce(days.c.late_entries, _ZERO).label("late_entries"),
            *(
                array([func.coalesce(days.c[counter], _ZERO) for counter in _columns(*_DIMENSIONS[name])]).label(name)
                for name in _DIMENSIONS
            ),
            func.coalesce(places.c.facilities, cast(literal_column("'{}'"), ARRAY(Uuid()))).label("facilities"),
            func.coalesce(places.c.notes, cast(literal_column("'{}'"), ARRAY(Integer()))).label("facility_notes"),
            patients.label("unique_patients"),
            func.coalesce(people.c.unique_authors, _ZERO).label("unique_authors"),
            cast(
                func.round(total * literal_column("1.0") / func.nullif(patients, _ZERO), literal_column("2")), Float()
            ).label("notes_per_patient"),
            func.now().label("computed_at"),
        )
        .select_from(rows)
        .order_by(periods.c.starts)
    )


def _columns(name: str, vocabulary: Any) -> list[str]:
    return [f"{name}_{word.lower()}" for word in vocabulary]


def _facilities(chosen: bool) -> CTE:
    found = select(Facility.id).where(Facility.tenant_id == TENANT)
    if chosen:
        found = found.where(Facility.id == any_(bindparam("facilities", type_=ARRAY(Uuid()))))
    return found.cte("chosen")


def starts_of(day: Column) -> ColumnElement[Any]:
    """When the day's period starts: where the bucket does, or with the first of the days."""
    begins = cast(func.date_trunc(_BUCKET, cast(day, DateTime())), Date())
    return func.greatest(begins, FIRST)


def stretches() -> CTE:
    begin = func.date_trunc(_BUCKET, cast(FIRST, DateTime()))
    series = func.generate_series(begin, cast(LAST, DateTime()), _STEP)
    each = series.table_valued(column("begins", DateTime()), name="each_period").render_derived()
    ends = each.c.begins + _STEP - literal_column("interval '1 day'")
    return (
        select(
            func.greatest(cast(each.c.begins, Date()), FIRST).label("starts"),
            func.least(cast(ends, Date()), LAST).label("through"),
        )
        .select_from(each)
        .cte("periods")
    )


def _grouped(columns: list[Any], starts: Column, facility: Column, apart: bool) -> Select[Any]:
    if apart:
        return select(starts.label("starts"), facility.label("facility_id"), *columns).group_by(starts, facility)
    return select(starts.label("starts"), *columns).group_by(starts)


def _days(facilities: CTE, apart: bool) -> CTE:
    counters = ["notes", "late_entries", *(c for each in _DIMENSIONS.values() for c in _columns(*each))]
    sums = [func.sum(getattr(FacilityDay, name)).label(name) for name in counters]
    return (
        _grouped(sums, starts_of(FacilityDay.day), FacilityDay.facility_id, apart)
        .join(facilities, facilities.c.id == FacilityDay.facility_id)
        .where(FacilityDay.tenant_id == TENANT, FacilityDay.day.between(FIRST, LAST))
        .cte("days")
    )


def present(
    facilities: CTE, model: type[NotePerson] | type[NoteCount], *columns: Any, where: Sequence[ColumnElement[bool]] = ()
) -> CompoundSelect[Any]:
    """The counts of the days: whole months by their own rows, the days around them day by day. `day` is when each begins."""

    def rows(grain: str, since: ColumnElement[Any], before: ColumnElement[Any]) -> Select[Any]:
        named: list[Any] = [model.facility_id, model.starts.label("day"), *columns]
        return (
            select(*named)
            .join(facilities, facilities.c.id == model.facility_id)
            .where(
                model.tenant_id == TENANT,
                model.grain == literal_column(f"'{grain}'"),
                model.starts >= since,
                model.starts < before,
                *where,
            )
        )

    return union_all(
        rows("DAY", FIRST, _MONTHS_FROM),
        rows("MONTH", _MONTHS_FROM, _MONTHS_BEFORE),
        rows("DAY", _MONTHS_BEFORE, LAST + literal_column("1")),
    )


def _people(facilities: CTE, apart: bool) -> CTE:
    """Whoever has notes in a period, once."""
    rows = present(facilities, NotePerson, NotePerson.part, NotePerson.person_id).subquery("present")
    keys = [starts_of(rows.c.day).label("starts"), rows.c.part, rows.c.person_id]
    once = select(*keys, *([rows.c.facility_id] if apart else [])).distinct().subquery("once")
    counts = [
        func.count().filter(once.c.part == literal_column(f"'{part}'")).label(f"unique_{part.lower()}s")
        for part in ("PATIENT", "AUTHOR")
    ]
    return _grouped(counts, once.c.starts, once.c.facility_id if apart else null(), apart).cte("people")


def _places(facilities: CTE, apart: bool) -> CTE:
    starts = starts_of(FacilityDay.day)
    each = (
        select(starts.label("starts"), FacilityDay.facility_id, func.sum(FacilityDay.notes).label("notes"))
        .join(facilities, facilities.c.id == FacilityDay.facility_id)
        .where(FacilityDay.tenant_id == TENANT, FacilityDay.day.between(FIRST, LAST))
        .group_by(starts, FacilityDay.facility_id)
        .subquery("place")
    )
    order = (each.c.notes.desc(), each.c.facility_id)
    lists = [
        func.array_agg(aggregate_order_by(each.c.facility_id, *order)).label("facilities"),
        func.array_agg(aggregate_order_by(each.c.notes, *order)).label("notes"),
    ]
    return _grouped(lists, each.c.starts, each.c.facility_id, apart).cte("places")
