"""The statements behind groups of notes. A relation of notes or of their counts, with its day cut to stretches, is grouped."""

from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Label,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.sql.selectable import FromClause, Subquery

from db.calendar import Bucket
from db.figure_tables import NoteCount, NotePerson
from db.statements import TENANT
from db.tables import Facility, Note
from loaders.daily_stats_sql import FIRST, LAST, present, starts_of, stretches
from loaders.keys import among, among_words
from loaders.note_groups import Dimension, Grouping, NoteGroup

_Columns: TypeAlias = dict[str, Any]

_ZONE = bindparam("zone", type_=Text())
_INSTANT = DateTime(timezone=True)
_DIMENSIONS = [each.value for each in Dimension]
_TIMES = ("starts", "hour")
_OF_COUNTS: dict[str, ColumnElement[bool]] = {
    "categories": among_words(NoteCount.category, "categories"),
    "priorities": among_words(NoteCount.priority, "priorities"),
    "shifts": among_words(NoteCount.shift, "shifts"),
    "statuses": among_words(NoteCount.status, "statuses"),
}


def groups(grouping: Grouping) -> CTE:
    """As the table of NoteGroup. Nothing is there that has no notes, unless gaps are filled."""
    relation = _counts(grouping) if grouping.counted else _notes(grouping)
    by = _by(grouping, relation)
    total = func.coalesce(func.sum(relation.c.notes), literal_column("0")).label("notes")
    grouped = select(*by, total).group_by(*by) if by else select(total)
    found = _filled(grouping, grouped.subquery("found")) if grouping.filled else grouped.subquery("found")
    return select(
        _key(found).label("key"), *(_column(found, name) for name in list(NoteGroup.__table__.c.keys())[1:])
    ).cte("groups")


def unique(grouping: Grouping) -> Select[Any]:
    """Of the groups with these `keys` that have notes: the key, and how many different people there are in it."""
    if grouping.people_counted:
        people = present(grouping_facilities(grouping), NotePerson, NotePerson.part, NotePerson.person_id).subquery(
            "people"
        )
        relation: Subquery = select(*_cut(grouping, people), people).subquery("relation")
        patients: ColumnElement[Any] = case((relation.c.part == literal_column("'PATIENT'"), relation.c.person_id))
        authors: ColumnElement[Any] = case((relation.c.part == literal_column("'AUTHOR'"), relation.c.person_id))
    else:
        relation = _notes(grouping)
        patients, authors = relation.c.patient_id, relation.c.author_id
    by = _by(grouping, relation)
    counts = (
        func.count(patients.distinct()).label("patients"),
        func.count(authors.distinct()).label("authors"),
    )
    found = (select(*by, *counts).group_by(*by) if by else select(*counts)).subquery("found")
    keys = select(func.unnest(bindparam("keys", type_=ARRAY(Text())))).scalar_subquery()
    return select(_key(found).label("key"), found.c.patients, found.c.authors).where(_key(found).in_(keys))


def grouping_facilities(grouping: Grouping) -> CTE:
    """First of all, so that an index leads from each facility to its days."""
    chosen = select(Facility.id, Facility.time_zone).where(Facility.tenant_id == TENANT)
    if "facility_ids" in grouping.which.values:
        chosen = chosen.where(among(Facility.id, "facility_ids"))
    return chosen.cte("chosen")


def _counts(grouping: Grouping) -> Subquery:
    names = [name for name in _DIMENSIONS if name not in ("facility_id", "patient_id", "author_id")]
    columns = [getattr(NoteCount, name) for name in [*names, "notes"]]
    conditions = [_OF_COUNTS[name] for name in grouping.which.values if name in _OF_COUNTS]
    rows = present(grouping_facilities(grouping), NoteCount, *columns, where=conditions).subquery("counts")
    return select(*_cut(grouping, rows), rows).subquery("relation")


def _notes(grouping: Grouping) -> Subquery:
    facilities = grouping_facilities(grouping)
    zone: ColumnElement[Any] = facilities.c.time_zone if grouping.zone is None else _ZONE
    local = func.timezone(zone, Note.effective_at)
    day = cast(local, Date())
    times: _Columns = {}
    if grouping.bucket is Bucket.HOUR:
        times["hour"] = func.date_trunc(literal_column("'hour'"), Note.effective_at, zone)
    elif grouping.bucket is not None:
        times["starts"] = starts_of(day)
    margin: ColumnElement[Any] = literal_column("interval '1 day'")

    def instant(of: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.timezone(literal_column("'UTC'"), of, type_=_INSTANT)

    return (
        select(
            *(value.label(name) for name, value in times.items()),
            *(getattr(Note, name) for name in _DIMENSIONS),
            literal_column("1", Integer()).label("notes"),
        )
        .join(facilities, facilities.c.id == Note.facility_id)
        .where(
            Note.tenant_id == TENANT,
            # For the index: a day more at either end holds the days of all zones.
            Note.effective_at >= instant(cast(FIRST, DateTime()) - margin),
            Note.effective_at < instant(cast(LAST, DateTime()) + margin + margin),
            day.between(FIRST, LAST),
            *grouping.which.conditions,
        )
        .subquery("relation")
    )


def _cut(grouping: Grouping, rows: FromClause) -> list[Label[Any]]:
    return [] if grouping.bucket is None else [starts_of(rows.c.day).label("starts")]


def _by(grouping: Grouping, relation: FromClause) -> list[Any]:
    """What the groups are grouped by."""
    names = [name for name in _TIMES if name in relation.c]
    return [relation.c[name] for name in [*names, *(each for each in _DIMENSIONS if each in grouping.dimensions)]]


def _column(found: FromClause, name: str) -> ColumnElement[Any]:
    if name in found.c:
        return found.c[name]
    return cast(null(), NoteGroup.__table__.c[name].type).label(name)


def _key(found: FromClause) -> ColumnElement[str]:
    """Unique among the groups, and in order of time: it begins with it, as ISO 8601 has it."""
    parts: list[Any] = []
    if "starts" in found.c:
        parts.append(cast(found.c.starts, String()))
    if "hour" in found.c:
        utc = func.timezone(literal_column("'UTC'"), found.c.hour)
        parts.append(func.to_char(utc, literal_column("""'YYYY-MM-DD"T"HH24:MI'""")))
    parts += [cast(found.c[name], String()) for name in _DIMENSIONS if name in found.c]
    return func.concat_ws(literal_column("' '"), literal_column("'='"), *parts, type_=Text())


def _filled(grouping: Grouping, found: Subquery) -> Subquery:
    """Each combination that has notes, once for each stretch of time."""
    time = "hour" if grouping.bucket is Bucket.HOUR else "starts"
    if grouping.bucket is None:
        return found
    times = _hours() if grouping.bucket is Bucket.HOUR else stretches()
    dimensions = [found.c[name] for name in _DIMENSIONS if name in found.c]
    same = [times.c[time] == found.c[time]]
    rows: FromClause = times
    shown: list[Any] = []
    if dimensions:
        combinations = select(*dimensions).distinct().subquery("combinations")
        rows = times.join(combinations, true())
        same += [combinations.c[each.name] == each for each in dimensions]
        shown = list(combinations.c)
    notes = func.coalesce(found.c.notes, literal_column("0")).label("notes")
    return select(times.c[time], *shown, notes).select_from(rows.outerjoin(found, and_(*same))).subquery("filled")


def _hours() -> CTE:
    """The hours of the zone's clock: by half an hour, because there are clocks that change by that."""
    midnight = func.timezone(_ZONE, cast(FIRST, DateTime()), type_=_INSTANT)
    end = func.timezone(_ZONE, cast(LAST, DateTime()) + literal_column("interval '1 day'"), type_=_INSTANT)
    series = func.generate_series(midnight, end, literal_column("interval '30 minutes'"))
    each = series.table_valued(column("instant", _INSTANT), name="each_hour").render_derived()
    hour = func.date_trunc(literal_column("'hour'"), each.c.instant, _ZONE, type_=_INSTANT)
    within = cast(func.timezone(_ZONE, each.c.instant), Date()).between(FIRST, LAST)
    return select(hour.label("hour")).select_from(each).where(within).distinct().cte("hours")
