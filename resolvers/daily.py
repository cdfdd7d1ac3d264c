"""Daily statistics: figures of whole days, read from the counts that every note is counted in as it is written."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

import strawberry

import ids
from db.calendar import Bucket, Days
from db.tables import Facility
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from errors import Invalid
from loaders.daily_stats import DailyStats, Figures
from loaders.daily_stats_sql import COUNTED_STATUSES
from resolvers.context import Info

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


async def daily_stats(info: Info, date: Day, facility_ids: Facilities = None) -> Figures:
    """Figures of one day."""
    [figures] = await _read(info, Days(date, date), facility_ids)
    return figures


async def daily_stats_range(
    info: Info, from_: First, through: Last, bucket: Period = Bucket.DAY, facility_ids: Facilities = None
) -> Sequence[Figures]:
    """Figures of each day, week, month, quarter or year of a range of days, in order, also of those without notes."""
    return await _read(info, _days(info, from_, through, bucket), facility_ids)


async def of_facility(facility: strawberry.Parent[Facility], info: Info, date: Day) -> Figures:
    """Figures of one day of this facility."""
    [figures] = await info.context.loaders.daily_stats(Days(date, date)).load(facility.id)
    return figures


async def range_of_facility(
    facility: strawberry.Parent[Facility], info: Info, from_: First, through: Last, bucket: Period = Bucket.DAY
) -> Sequence[Figures]:
    """Figures of this facility, of each day, week, month, quarter or year of a range of days."""
    return await info.context.loaders.daily_stats(_days(info, from_, through, bucket)).load(facility.id)


async def _read(info: Info, days: Days, global_ids: list[strawberry.ID] | None) -> Sequence[Figures]:
    facilities = None
    if global_ids is not None:
        # One spelling for each set; ids that are none of ours count nothing.
        found = {ids.decode_as("Facility", each) for each in global_ids} - {None}
        facilities = tuple(sorted(each for each in found if each))
    return await DailyStats(days, facilities).read(info.context.scope)


def _days(info: Info, first: date, last: date, bucket: Bucket) -> Days:
    """Raises Invalid, naming the limit, for a range that runs backwards or is too long, and for hours."""
    settings, days = info.context.settings, Days(first, last, bucket)
    if bucket is Bucket.HOUR:
        raise Invalid("Daily statistics are of days and longer; `noteStats` counts by the hour.", ["bucket"])
    if last < first:
        raise Invalid("`through` is not before `from`.", ["through"])
    length = (last - first).days + 1
    if length > settings.statistics_days_limit:
        raise Invalid(f"Statistics span up to {settings.statistics_days_limit} days; these are {length}.", ["through"])
    if days.periods > settings.statistics_groups_limit:
        raise Invalid(
            f"An answer has up to {settings.statistics_groups_limit} periods; these would be {days.periods}. "
            "Take a longer `bucket` or a shorter range.",
            ["bucket"],
        )
    return days


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


def by_category(figures: strawberry.Parent[Figures]) -> Iterable[CategoryCount]:
    """The notes of each category, also of those without any."""
    return list(map(CategoryCount, NoteCategory, figures.categories))


def by_priority(figures: strawberry.Parent[Figures]) -> Iterable[PriorityCount]:
    """The notes of each priority, also of those without any."""
    return list(map(PriorityCount, NotePriority, figures.priorities))


def by_status(figures: strawberry.Parent[Figures]) -> Iterable[StatusCount]:
    """The notes in each state, also of those without any; but for ENTERED_IN_ERROR, which does not count."""
    return list(map(StatusCount, COUNTED_STATUSES, figures.statuses))


def by_shift(figures: strawberry.Parent[Figures]) -> Iterable[ShiftCount]:
    """The notes of each shift, also of those without any."""
    return list(map(ShiftCount, Shift, figures.shifts))


def by_facility(figures: strawberry.Parent[Figures]) -> Iterable[FacilityCount]:
    """The notes of each facility that has any, the one with most first."""
    return list(map(FacilityCount, figures.facilities, figures.facility_notes))


async def counted_facility(count: strawberry.Parent[FacilityCount], info: Info) -> Facility | None:
    """The facility."""
    return await info.context.loaders.facilities.load(count.facility_id)
