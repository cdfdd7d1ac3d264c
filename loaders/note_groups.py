"""What groups of notes are: which notes, by which dimensions, over which stretches of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.calendar import Bucket, Days
from db.keyset import Which
from db.vocabulary import NoteStatus


class Dimension(StrEnum):
    """By what notes can be grouped; the values are the columns that hold it."""

    FACILITY = "facility_id"
    CATEGORY = "category"
    PRIORITY = "priority"
    STATUS = "status"
    SHIFT = "shift"
    LATE_ENTRY = "late_entry"
    PATIENT = "patient_id"
    AUTHOR = "author_id"


class _Computed(DeclarativeBase):
    """Of rows that are in no table."""


class NoteGroup(_Computed):
    """What the notes of a group have in common, and how many they are. `key` tells groups apart, in order of time."""

    __tablename__ = "groups"

    key: Mapped[str] = mapped_column(primary_key=True)
    notes: Mapped[int]
    starts: Mapped[date | None]
    hour: Mapped[datetime | None]
    facility_id: Mapped[UUID | None]
    category: Mapped[str | None]
    priority: Mapped[str | None]
    status: Mapped[str | None]
    shift: Mapped[str | None]
    late_entry: Mapped[bool | None]
    patient_id: Mapped[UUID | None]
    author_id: Mapped[UUID | None]


class Unique(NamedTuple):
    """How many different people the notes of a group are about and by."""

    key: str
    patients: int
    authors: int


_COUNTED = {"facility_ids", "categories", "priorities", "shifts", "statuses", "hidden"}
"""The conditions that the counts can answer."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which notes, and how they are grouped."""

    days: Days
    """Where `bucket` is None, the days are one stretch."""
    bucket: Bucket | None
    dimensions: frozenset[Dimension]
    which: Which
    zone: str | None
    """Whose clock cuts the days; None: each note's facility's."""
    filled: bool
    """Whether each combination that has notes is there for each stretch of time."""

    @property
    def counted(self) -> bool:
        """Whether the counts answer: by days of the facilities' clocks, and by what is counted."""
        values = self.which.values
        return (
            self.bucket is not Bucket.HOUR
            and self.zone is None
            and self.dimensions.isdisjoint({Dimension.PATIENT, Dimension.AUTHOR})
            and values.keys() <= _COUNTED
            and NoteStatus.ENTERED_IN_ERROR not in _words(values.get("statuses", ()))
        )

    @property
    def people_counted(self) -> bool:
        """Whether they know how many different people there are in each group."""
        return (
            self.counted
            and self.dimensions <= {Dimension.FACILITY}
            and self.which.values.keys() <= {"facility_ids", "hidden"}
        )

    @property
    def facilities(self) -> Sequence[UUID] | None:
        """Those that alone matter; None: all of the tenant."""
        found = self.which.values.get("facility_ids")
        return None if found is None else cast(Sequence[UUID], found)

    @property
    def shape(self) -> object:
        """Equal shapes make equal statements, whatever their values."""
        return self.counted, self.bucket, self.dimensions, self.which.shape, self.zone is None, self.filled

    @property
    def values(self) -> dict[str, object]:
        return {**self.days.values(), **self.which.values, "zone": self.zone}


def _words(given: object) -> Sequence[object]:
    assert isinstance(given, Sequence)
    return given
