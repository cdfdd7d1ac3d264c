"""How much to make, and the two things everything made depends on: proportions and a stream of chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

HISTORY = timedelta(days=400)
"""How long before the first note the oldest of the organisations began."""


def quarter(instant: datetime) -> datetime:
    """The quarter of an hour that the instant is in, in UTC."""
    instant = instant.astimezone(UTC)
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Plan:
    """The same plan makes the same bytes. Nothing happens at or after `until`, an instant on a quarter of an hour: what
    appointments lie beyond are planned.
    """

    until: datetime
    notes: int = 100_000
    tenants: int = 5
    days: int = 90
    seed: int = 1

    def __post_init__(self) -> None:
        if self.notes < 0 or self.tenants < 1 or self.days < 1:
            raise ValueError("Demo data needs at least one tenant and one day, and no negative number of notes.")
        if self.until.astimezone(UTC) != quarter(self.until):
            raise ValueError("Demo data ends on a quarter of an hour.")

    @property
    def begin(self) -> datetime:
        """When the first of the days begins that have notes. They are days by the clock of `until`, not of any zone."""
        return self.until - timedelta(days=self.days)

    def chance(self, purpose: object) -> Random:
        """A stream of its own for each purpose, so that one tenant's data do not depend on how much another has."""
        return Random(f"{self.seed}/{purpose}")

    def notes_per_tenant(self) -> list[int]:
        """By Zipf's law: the second has half of what the first has, the third a third of it."""
        return split(self.notes, [1 / rank for rank in range(1, self.tenants + 1)])


def split(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts in proportion to the weights, which add up to the total."""
    sums = list(accumulate(weights))
    bounds = [round(total * (reached / sums[-1])) for reached in sums]
    return [after - before for before, after in pairwise([0, *bounds])]
