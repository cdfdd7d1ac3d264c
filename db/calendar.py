"""Days on a facility's wall, and the periods they make: no instants, no zones."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Bucket(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


STEPS = {
    Bucket.HOUR: "1 hour",
    Bucket.DAY: "1 day",
    Bucket.WEEK: "7 days",
    Bucket.MONTH: "1 month",
    Bucket.QUARTER: "3 months",
    Bucket.YEAR: "1 year",
}
"""As PostgreSQL's intervals."""

_MONTHS = {Bucket.MONTH: 1, Bucket.QUARTER: 3, Bucket.YEAR: 12}


def next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, both included, cut into periods where the bucket begins (ISO weeks)."""

    first: date
    last: date
    bucket: Bucket = Bucket.DAY

    @property
    def periods(self) -> int:
        """How many periods there are; the first and the last may be cut short."""
        if months := _MONTHS.get(self.bucket):
            return (
                (self.last.year * 12 + self.last.month - 1) // months
                - (self.first.year * 12 + self.first.month - 1) // months
                + 1
            )
        days = (self.last - self.first).days + 1
        return {Bucket.HOUR: days * 25, Bucket.WEEK: (days + self.first.weekday() + 6) // 7}.get(self.bucket, days)

    @property
    def whole_months(self) -> tuple[date, date]:
        """From the first day of one month to the first day of another: what lies between needs no single days.

        Empty, at the first day, where the periods are made of parts of months, or there is no whole month.
        """
        if self.bucket not in _MONTHS:
            return self.first, self.first
        begins = self.first if self.first.day == 1 else next_month(self.first)
        ends = (self.last + timedelta(days=1)).replace(day=1)
        return (begins, ends) if begins < ends else (self.first, self.first)

    def values(self) -> dict[str, object]:
        """For statements, by the names of their parameters."""
        begins, ends = self.whole_months
        return {
            "first": self.first,
            "last": self.last,
            "bucket": self.bucket.value,
            "step": STEPS[self.bucket],
            "months_from": begins,
            "months_before": ends,
        }
