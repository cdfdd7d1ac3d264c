import datetime as dt

import strawberry

from auth import Permission
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from resolvers import daily, note_stats
from resolvers.enums import Way
from schema.facility import Facility
from schema.fields import FREE, answered_by, column
from schema.lazy import LazyPatient, LazyPractitioner


@strawberry.type(description="How many notes are of a category.", directives=[FREE])
class CategoryCount:
    category: NoteCategory = column("The category.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are of a priority.", directives=[FREE])
class PriorityCount:
    priority: NotePriority = column("The priority.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are in a state.", directives=[FREE])
class StatusCount:
    status: NoteStatus = column("The state.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are of a shift.", directives=[FREE])
class ShiftCount:
    shift: Shift = column("The shift.")
    notes: int = column("How many notes.")


@strawberry.type(description="How many notes are of a facility.", directives=[FREE])
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
    by_category: list[CategoryCount] = answered_by(daily.by_category, many=10)
    by_priority: list[PriorityCount] = answered_by(daily.by_priority, many=4)
    by_status: list[StatusCount] = answered_by(daily.by_status, many=4)
    by_shift: list[ShiftCount] = answered_by(daily.by_shift, many=4)
    by_facility: list[FacilityCount] = answered_by(daily.by_facility, many=20)
    late_entries: int = column("How many were written down more than 24 hours after they happened.")
    unique_patients: int = column("How many patients they are about, each counted once.")
    unique_authors: int = column("How many practitioners began them, each counted once.")
    notes_per_patient: float | None = column("`total` by `uniquePatients`, with two decimals; null without a note.")
    computed_at: dt.datetime = column("When these figures were read. They have held since, if nothing was written.")


@strawberry.type(description="A group of notes: what they have in common, and how many they are.")
class NoteStats:
    starts: dt.date | None = column("The first day of the stretch of time; null without `bucket`, and for hours.")
    hour: dt.datetime | None = column("When the hour begins; null unless `bucket` is HOUR.")
    facility: Facility | None = answered_by(note_stats.facility_of_group)
    category: NoteCategory | None = column("What they are about, if they are grouped by it.")
    priority: NotePriority | None = column("How soon they should be read, if they are grouped by it.")
    status: NoteStatus | None = column("Where they are in their lives, if they are grouped by it.")
    shift: Shift | None = column("Which shift, if they are grouped by it.")
    late_entry: bool | None = column(
        "Whether they were written down more than 24 hours after they happened, if they are grouped by it."
    )
    patient: LazyPatient | None = answered_by(note_stats.patient_of_group, Permission.PATIENTS_READ)
    author: LazyPractitioner | None = answered_by(note_stats.author_of_group, Permission.ORGANIZATION_READ)
    notes: int = column("How many notes.")
    unique_patients: int = answered_by(note_stats.unique_patients, weighs=1)
    unique_authors: int = answered_by(note_stats.unique_authors, weighs=1)


@strawberry.type(description="What daily statistics cost by one way.")
class Measurement:
    way: Way = column("The way.")
    milliseconds: float = column("The median of the rounds.")
    less_time: float | None = column("How much less that is than ORIGINAL takes, in percent; null without ORIGINAL.")
    stats: DailyStats = column("What it found: by every way the same.")
