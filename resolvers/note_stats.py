"""Statistics grouped any way: which notes, by which dimensions, over which stretches of time."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from math import prod
from operator import attrgetter
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import strawberry

from auth import Permission
from db.calendar import Bucket
from db.keyset import Order, Which
from db.tables import Facility, Patient, Practitioner
from db.vocabulary import NoteCategory, NotePriority, Shift
from errors import Invalid
from executor import batched, reads
from loaders import grouped_notes
from loaders.daily_stats_sql import COUNTED_STATUSES
from loaders.note_groups import Dimension, Grouping, NoteGroup
from resolvers import paging
from resolvers.context import Info
from resolvers.daily import First as FirstDay
from resolvers.daily import Last as LastDay
from resolvers.daily import days_of
from resolvers.enums import Direction, NoteStatsOrderField
from resolvers.notes import NoteFilter, which_notes
from resolvers.paging import After, Before, First, Last, Page
from resolvers.scalars import TimeZone

GroupBy = Annotated[
    list[Dimension],
    strawberry.argument(
        description="What the notes of a group have in common; nothing, if not given: all are one group."
    ),
]
Stretch = Annotated[
    Bucket | None,
    strawberry.argument(
        description="Groups each stretch of time by itself, the first and the last cut short; all time together if not given."
    ),
]
Zone = Annotated[
    TimeZone | None,
    strawberry.argument(
        description="Whose clock cuts days and hours, for all notes; each note's facility's if not given."
    ),
]
Fill = Annotated[
    bool,
    strawberry.argument(description="Also stretches without notes, for each combination that has notes in another."),
]

_ORDERS = {
    NoteStatsOrderField.TIME: (NoteGroup.key,),
    NoteStatsOrderField.NOTES: (NoteGroup.notes, NoteGroup.key),
}
_NEEDS = {Dimension.PATIENT: Permission.PATIENTS_READ, Dimension.AUTHOR: Permission.ORGANIZATION_READ}
_SIZES = {
    Dimension.CATEGORY: ("categories", len(NoteCategory)),
    Dimension.PRIORITY: ("priorities", len(NotePriority)),
    Dimension.STATUS: ("statuses", len(COUNTED_STATUSES)),
    Dimension.SHIFT: ("shifts", len(Shift)),
    Dimension.LATE_ENTRY: ("", 2),
    # How many there are of these is not known before they are counted: pages bound what is shown.
    Dimension.FACILITY: ("facility_ids", 1),
    Dimension.PATIENT: ("patient_ids", 1),
    Dimension.AUTHOR: ("author_ids", 1),
}
"""The filter that names values of a dimension, and how many there are without it."""


@strawberry.input(description="How to order groups of notes.")
class NoteStatsOrder:
    field: NoteStatsOrderField = strawberry.field(default=NoteStatsOrderField.TIME, description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


class Group(NamedTuple):
    """A row of NoteGroup, column by column, which knows what it is a group of."""

    key: str
    notes: int
    starts: date | None
    hour: datetime | None
    facility_id: UUID | None
    category: str | None
    priority: str | None
    status: str | None
    shift: str | None
    late_entry: bool | None
    patient_id: UUID | None
    author_id: UUID | None
    grouping: Grouping


async def note_stats(
    info: Info,
    from_: FirstDay,
    through: LastDay,
    group_by: GroupBy = [],  # noqa: B006  # Strawberry shows it as the default, and nobody changes it
    bucket: Stretch = None,
    filter: NoteFilter | None = None,
    time_zone: Zone = None,
    fill_gaps: Fill = False,
    order_by: NoteStatsOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Group]:
    """How many notes there are, grouped by any dimensions and any stretch of time, in pages.

    Notes entered in error do not count, unless the filter's `statuses` ask for them.
    """
    grouping = _grouping(info, from_, through, bucket, group_by, filter or NoteFilter(), time_zone, fill_gaps)
    order_by = order_by or NoteStatsOrder()
    listing = paging.Listing(
        Order(_ORDERS[order_by.field], order_by.direction is Direction.DESC),
        Which({}, {}),
        [from_, through, sorted(group_by), bucket, filter, time_zone, fill_gaps],
    )
    window, figures = paging.window(info.context, listing, first, after, last, before), info.context.loaders.figures
    rows: Sequence[Any] = await grouped_notes.page(figures, grouping, listing.order, window)

    async def count(_: object) -> list[int]:
        return [await grouped_notes.count(figures, grouping)]

    return Page(listing, window, [Group._make((*row, grouping)) for row in rows], count, info.context.tenant_id)


def _grouping(
    info: Info,
    first: date,
    last: date,
    bucket: Bucket | None,
    group_by: Sequence[Dimension],
    filter: NoteFilter,
    zone: TimeZone | None,
    filled: bool,
) -> Grouping:
    """Raises Invalid where this could be too much, and Forbidden for what the caller may not see, before any SQL."""
    days, dimensions = days_of(info.context, first, last, bucket or Bucket.YEAR), frozenset(group_by)
    for dimension in dimensions & _NEEDS.keys():
        info.context.principal.require(_NEEDS[dimension])
    if filled and bucket is None:
        raise Invalid("There are gaps only between stretches of time: give `bucket`.", ["fillGaps"])
    if filled and bucket is Bucket.HOUR and zone is None:
        raise Invalid("To fill gaps between hours takes one clock: give `timeZone`.", ["timeZone"])
    sizes = {each: _size(filter, each) for each in dimensions}
    for dimension in dimensions & _NEEDS.keys():
        if filled and getattr(filter, _SIZES[dimension][0]) is None:
            raise Invalid(f"To fill gaps by {dimension.name}, name them in `filter`.", ["fillGaps"])
    most, limit = (days.periods if bucket else 1) * prod(sizes.values()), info.context.settings.statistics_groups_limit
    if most > limit:
        raise Invalid(
            f"These could be {most} groups; the limit is {limit}. Take a longer `bucket`, a shorter range or fewer dimensions.",
            ["groupBy"],
        )
    return Grouping(days, bucket, dimensions, which_notes(info.context, filter), zone, filled)


def _size(filter: NoteFilter, dimension: Dimension) -> int:
    name, size = _SIZES[dimension]
    given = getattr(filter, name) if name else None
    return size if given is None else len(set(given))


@batched("grouping", "key")
async def unique_patients(groups: strawberry.Parent[Sequence[Group]], info: Info) -> list[int]:
    """How many patients they are about, each counted once. Costs a statement, and only where it is asked for."""
    return [each.patients for each in await _uniques(info, groups)]


@batched("grouping", "key")
async def unique_authors(groups: strawberry.Parent[Sequence[Group]], info: Info) -> list[int]:
    """How many practitioners began them, each counted once. Costs a statement, and only where it is asked for."""
    return [each.authors for each in await _uniques(info, groups)]


async def _uniques(info: Info, groups: Sequence[Group]) -> Sequence[Any]:
    found: list[Any] = []
    # A page's groups stand together.
    for grouping, of_page in groupby(groups, attrgetter("grouping")):
        found += await info.context.loaders.uniques(grouping).load_all([group.key for group in of_page])
    return found


@batched("facility_id")
async def facility_of_group(groups: strawberry.Parent[Sequence[Group]], info: Info) -> list[Facility | None]:
    """Where they happened, if they are grouped by it."""
    return await _each(info, info.context.loaders.by_id(Facility), [group.facility_id for group in groups])


@batched("patient_id")
async def patient_of_group(groups: strawberry.Parent[Sequence[Group]], info: Info) -> list[Patient | None]:
    """Whom they are about, if they are grouped by it."""
    return await _each(info, info.context.loaders.by_id(Patient), [group.patient_id for group in groups])


@batched("author_id")
async def author_of_group(groups: strawberry.Parent[Sequence[Group]], info: Info) -> list[Practitioner | None]:
    """Who began them, if they are grouped by it."""
    return await _each(info, info.context.loaders.by_id(Practitioner), [group.author_id for group in groups])


async def _each(info: Info, loader: Any, row_ids: Sequence[Any]) -> list[Any]:
    found = iter(await loader.load_all([each for each in row_ids if each is not None], reads(info)))
    return [None if each is None else next(found) for each in row_ids]
