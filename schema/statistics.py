import datetime as dt

import strawberry

from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from resolvers import daily
from schema.facility import Facility
from schema.fields import answered_by, column


@strawberry.type(description="How many notes are of a category.")
class CategoryCount:
    category: NoteCategory = column("The category.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are of a priority.")
class PriorityCount:
    priority: NotePriority = column("The priority.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are in a state.")
class StatusCount:
    status: NoteStatus = column("The state.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are of a shift.")
class ShiftCount:
    shift: Shift = column("The shift.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are of a facility.")
class FacilityCount:
    facility: Facility = answered_by(daily.counted_facility)
    notes: int = column("How many notes.")


@strawberry.type(
    description=(
        "Figures of the notes of a day, or of several. A note belongs to the day of its `effectiveAt` by its facility's "
        "clock. Notes entered in error do not count."
    )
)
class DailyStats:
    date: dt.date = column("The day; of several, the first.")
    through: dt.date = column("The last day.")
    total: int = column("How many notes.")
    by_category: list[CategoryCount] = answered_by(daily.by_category)
    by_priority: list[PriorityCount] = answered_by(daily.by_priority)
    by_status: list[StatusCount] = answered_by(daily.by_status)
    by_shift: list[ShiftCount] = answered_by(daily.by_shift)
    by_facility: list[FacilityCount] = answered_by(daily.by_facility)
    late_entries: int = column("How many were written down more than 24 hours after they happened.")
    unique_patients: int = column("How many patients they are about, each counted once.")
    unique_authors: int = column("How many practitioners began them, each counted once.")
    notes_per_patient: float | None = column("`total` by `uniquePatients`, with two decimals; null without a note.")
    computed_at: dt.datetime = column("When these figures were read. They have held since, if nothing was written.")
