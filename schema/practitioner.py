import strawberry

from auth import Permission
from db.vocabulary import PractitionerRole
from resolvers import appointments, practitioners
from schema.facility import Facility
from schema.fields import answered_by, column, global_id
from schema.lazy import LazyAppointment
from schema.relay import Node, Versioned


@strawberry.type(description="Somebody who cares for patients and writes notes.")
class Practitioner(Node, Versioned):
    id: strawberry.ID = global_id("Practitioner")
    subject: str = column("The `sub` of their tokens: what makes them the author of what they write.")
    name: str = column("Their full name.")
    email: str = column("Their email address.")
    role: PractitionerRole = column("Their profession.")
    facilities: list[Facility] = answered_by(practitioners.facilities_of_practitioner, many=5)
    calendar: list[LazyAppointment] | None = answered_by(
        appointments.calendar, Permission.APPOINTMENT_TIMES_READ, many=100
    )
