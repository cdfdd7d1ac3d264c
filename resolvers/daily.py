"""Daily statistics: figures of whole days, read from the counts that every note is counted in as it is written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import strawberry

from db.cache import Verdict
from db.calendar import Bucket, Days
from db.tables import Facility
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from errors import Invalid
from executor import batched, reads
from loaders.daily_stats import DailyStats, Figures
from loaders.daily_stats_sql import COUNTED_STATUSES
from resolvers.context import Context, Info
from resolvers.references import row_ids
from resolvers.relations import figured

Day = Annotated[date, strawberry.argument(description="The day.")]
First = Annotated[date, strawberry.argument(name="from", description="The first day.")]
Last = Annotated[date, strawberry.argument(name="through", description="The last day.")]
Period = Annotated[
    Bucket, strawberry.argument(description="What each entry is of; the first and the last may be cut short.")
]
Facilities = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="Of these facilities together; of all that the tenant has if not given."),
]


def _of_day(context: Context, date: date, facility_ids: list[strawberry.ID] | None = None) -> DailyStats:
    return DailyStats(Days(date, date), chosen(facility_ids))


def _of_days(
    context: Context,
    from_: date,
    through: date,
    bucket: Bucket = Bucket.DAY,
    facility_ids: list[strawberry.ID] | None = None,
) -> DailyStats:
    return DailyStats(_days(context, from_, through, bucket), chosen(facility_ids))


@figured(_of_day)
async def daily_stats(info: Info, date: Day, facility_ids: Facilities = None) -> Figures:
    """Figures of one day."""
    [figures] = await _read(info.context, _of_day(info.context, date, facility_ids))
    return figures


@figured(_of_days)
async def daily_stats_range(
    info: Info, from_: First, through: Last, bucket: Period = Bucket.DAY, facility_ids: Facilities = None
) -> Sequence[Figures]:
    """Figures of each day, week, month, quarter or year of a range of days, in order, also of those without notes."""
    return await _read(info.context, _of_days(info.context, from_, through, bucket, facility_ids))


@batched("id")
async def of_facility(facilities: strawberry.Parent[Sequence[Facility]], info: Info, date: Day) -> list[Figures]:
    """Figures of one day of this facility."""
    loader = info.context.loaders.daily_stats(Days(date, date))
    return [figures for [figures] in await loader.load_all([facility.id for facility in facilities])]


@batched("id")
async def range_of_facility(
    facilities: strawberry.Parent[Sequence[Facility]],
    info: Info,
    from_: First,
    through: Last,
    bucket: Period = Bucket.DAY,
) -> list[list[Figures]]:
    """Figures of this facility, of each day, week, month, quarter or year of a range of days."""
    loader = info.context.loaders.daily_stats(_days(info.context, from_, through, bucket))
    return await loader.load_all([facility.id for facility in facilities])


async def _read(context: Context, stats: DailyStats) -> Sequence[Figures]:
    figures = await stats.read(context.loaders.figures)
    if context.warming and context.figures_read[-1].cached.verdict is not Verdict.PROCESS:
        context.warming.remember(context.tenant_id, stats)
    return figures


def chosen(facility_ids: list[strawberry.ID] | None) -> tuple[UUID, ...] | None:
    """One spelling for each set of facilities; ids that are none of ours count nothing."""
    return None if facility_ids is None else tuple(sorted(set(row_ids("Facility", facility_ids))))


def _days(context: Context, first: date, last: date, bucket: Bucket) -> Days:
    """Raises Invalid, naming the limit, for a range that runs backwards or is too long, and for hours."""
    if bucket is Bucket.HOUR:
        raise Invalid("Daily statistics are of days and longer; `noteStats` counts by the hour.", ["bucket"])
    days, limit = days_of(context, first, last, bucket), context.settings.statistics_periods_limit
    if days.periods > limit:
        raise Invalid(
            f"An answer has up to {limit} periods; these would be {days.periods}. "
            "Take a longer `bucket` or a shorter range.",
            ["bucket"],
        )
    return days


def periods(arguments: Mapping[str, Any]) -> int | None:
    """How many periods these arguments of a range ask for, as clients send them; None where they are wrong."""
    try:
        first, last = (date.fromisoformat(arguments[name]) for name in ("from", "through"))
        days = Days(first, last, Bucket(arguments.get("bucket", Bucket.DAY)))
    except (KeyError, TypeError, ValueError):
        return None
    return days.periods if first <= last else None


def days_of(context: Context, first: date, last: date, bucket: Bucket) -> Days:
    """Raises Invalid, naming the limit, for a range that runs backwards or is too long."""
    if last < first:
        raise Invalid("`through` is not before `from`.", ["through"])
    length, limit = (last - first).days + 1, context.settings.statistics_days_limit
    if length > limit:
        raise Invalid(f"Statistics span up to {limit} days; these are {length}.", ["through"])
    return Days(first, last, bucket)


class CategoryCount(NamedTuple):
    category: NoteCategory
    notes: int


class PriorityCount(NamedTuple):
    priority: NotePriority
    notes: int


class StatusCount(NamedTuple):
    status: NoteStatus
    notes: int


class ShiftCount(NamedTuple):
    shift: Shift
    notes: int


class FacilityCount(NamedTuple):
    facility_id: UUID
    notes: int


@batched("categories")
def by_category(several: strawberry.Parent[Sequence[Figures]]) -> list[list[CategoryCount]]:
    """The notes of each category, also of those without any."""
    return [list(map(CategoryCount, NoteCategory, figures.categories)) for figures in several]


@batched("priorities")
def by_priority(several: strawberry.Parent[Sequence[Figures]]) -> list[list[PriorityCount]]:
    """The notes of each priority, also of those without any."""
    return [list(map(PriorityCount, NotePriority, figures.priorities)) for figures in several]


@batched("statuses")
def by_status(several: strawberry.Parent[Sequence[Figures]]) -> list[list[StatusCount]]:
    """The notes in each state, also of those without any; but for ENTERED_IN_ERROR, which does not count."""
    return [list(map(StatusCount, COUNTED_STATUSES, figures.statuses)) for figures in several]


@batched("shifts")
def by_shift(several: strawberry.Parent[Sequence[Figures]]) -> list[list[ShiftCount]]:
    """The notes of each shift, also of those without any."""
    return [list(map(ShiftCount, Shift, figures.shifts)) for figures in several]


@batched("facilities", "facility_notes")
def by_facility(several: strawberry.Parent[Sequence[Figures]]) -> list[list[FacilityCount]]:
    """The notes of each facility that has any, the one with most first."""
    return [list(map(FacilityCount, figures.facilities, figures.facility_notes)) for figures in several]


@batched("facility_id")
async def counted_facility(counts: strawberry.Parent[Sequence[FacilityCount]], info: Info) -> list[Facility | None]:
    """The facility."""
    return await info.context.loaders.by_id(Facility).load_all([count.facility_id for count in counts], reads(info))
