import strawberry

from auth import Permission
from db.vocabulary import FacilityStatus
from resolvers import daily, notes, patients
from resolvers.scalars import TimeZone
from schema.fields import answered_by, column, global_id
from schema.lazy import LazyDailyStats, LazyNote, LazyPatient
from schema.relay import Connection, Node, Versioned


@strawberry.type(description="A place where a tenant cares for people.")
class Facility(Node, Versioned):
    id: strawberry.ID = global_id("Facility")
    name: str = column("What it is called.")
    time_zone: TimeZone = column("Whose clock decides which day and shift a note belongs to.")
    status: FacilityStatus = column("Whether it is open.")
    patients: Connection[LazyPatient] | None = answered_by(patients.patients_of_facility, Permission.PATIENTS_READ)
    notes: Connection[LazyNote] | None = answered_by(notes.notes_of_facility, Permission.NOTES_READ)
    daily_stats: LazyDailyStats | None = answered_by(daily.of_facility, Permission.STATISTICS_READ, weighs=5)
    daily_stats_range: list[LazyDailyStats] | None = answered_by(
        daily.range_of_facility, Permission.STATISTICS_READ, weighs=5, many=100, length=daily.periods
    )
