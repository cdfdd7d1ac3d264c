"""Figures of days, months and longer, from the counts: one statement, however many notes, facilities and days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from db.calendar import Days
from db.scope import Scope
from loaders.daily_stats_sql import statement
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

    async def read(self, scope: Scope) -> Sequence[Figures]:
        """One for each period of the days, in order, also where there are no notes."""
        given = {} if self.facilities is None else {"facilities": self.facilities}
        return await scope.rows(
            statement(apart=False, chosen=self.facilities is not None), Figures, **given, **self.days.values()
        )


class FacilityDailyStats(Loader[UUID, list[Figures]]):
    """The same for each of many facilities by itself."""

    def __init__(self, scope: Scope, days: Days) -> None:
        super().__init__(scope)
        self._days = days

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Figures]]:
        rows: Sequence[Any] = await self.scope.rows(
            statement(apart=True, chosen=True), Figures, facilities=keys, **self._days.values()
        )
        found = defaultdict[UUID, list[Figures]](list)
        for row in rows:
            found[row.facility_id].append(row)
        return [found[key] for key in keys]
