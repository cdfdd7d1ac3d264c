"""Figures of days, months and longer, from the counts: one statement, however many notes, facilities and days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from db.calendar import Days
from db.scope import Scope
from db.statements import Columns, Prepared
from loaders.daily_stats_sql import statement
from loaders.figures import Figures as Reader
from loaders.loader import Loader


class Figures(NamedTuple):
    """What is known of the notes of some facilities on the days from `date` to `through`."""

    facility_id: UUID | None
    """Null for several facilities together."""
    date: dt.date
    through: dt.date
    total: int
    late_entries: int
    categories: list[int]
    priorities: list[int]
    statuses: list[int]
    shifts: list[int]
    """Notes of each word, in the order of its vocabulary."""
    facilities: list[UUID]
    facility_notes: list[int]
    """The facilities that have notes, the one with most first, and how many each has."""
    unique_patients: int
    unique_authors: int
    notes_per_patient: float | None
    computed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class DailyStats:
    """Figures of facilities together. No facilities given: all of the tenant."""

    days: Days
    facilities: tuple[UUID, ...] | None = None

    NAME = "dailyStats"
    """What a verdict is of."""

    @property
    def statement(self) -> Prepared:
        return statement(apart=False, chosen=self.facilities is not None)

    @property
    def values(self) -> dict[str, object]:
        given = {} if self.facilities is None else {"facilities": self.facilities}
        return {**given, **self.days.values()}

    async def read(self, reader: Reader) -> Sequence[Figures]:
        """One for each period of the days, in order, also where there are no notes."""
        return await reader.rows(self.NAME, self.facilities, self.statement, Figures, **self.values)


class FacilityDailyStats(Loader[UUID, list[Figures]]):
    """The same for each of many facilities by itself."""

    def __init__(self, scope: Scope, reader: Reader, days: Days) -> None:
        super().__init__(scope)
        self._reader, self._days = reader, days

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[list[Figures]]:
        """Whole: figures are few."""
        asked, values = statement(apart=True, chosen=True), self._days.values()
        rows: Sequence[Any] = await self._reader.rows(
            "facility.dailyStats", keys, asked, Figures, facilities=keys, **values
        )
        found = defaultdict[UUID, list[Figures]](list)
        for row in rows:
            found[row.facility_id].append(row)
        return [found[key] for key in keys]
