from datetime import datetime

import strawberry

from auth import Permission
from db.vocabulary import AppointmentStatus
from resolvers import appointments, facilities, patients, reminders
from resolvers.scalars import TimeZone
from schema.facility import Facility
from schema.fields import answered_by, column, global_id
from schema.lazy import LazyReminder
from schema.patient import Patient
from schema.practitioner import Practitioner
from schema.relay import Connection, Node, Versioned

# What needs more than APPOINTMENT_TIMES_READ can be null, so that a role without it still gets the rest.


@strawberry.type(description="A time at which a practitioner sees a patient (FHIR Appointment).")
class Appointment(Node, Versioned):
    id: strawberry.ID = global_id("Appointment")
    patient: Patient | None = answered_by(patients.patient, Permission.PATIENTS_READ)
    practitioner: Practitioner | None = answered_by(appointments.practitioner, Permission.ORGANIZATION_READ)
    facility: Facility = answered_by(facilities.facility)
    starts_at: datetime = column("When it begins.", name="start")
    ends_at: datetime = column("When it ends.", name="end")
    time_zone: TimeZone = column("The zone its times are told in.")
    service_type: str | None = column("What it is for.", Permission.APPOINTMENTS_READ)
    exclusive: bool = column("Whether it may not overlap with others of the practitioner that are exclusive, too.")
    status: AppointmentStatus = column("Where it is in its life.")
    generation: int = column("Counts its times from 1: each reschedule is another.")
    cancel_reason: str | None = column("Why it was cancelled; null if it was not.", Permission.APPOINTMENTS_READ)
    reminders: Connection[LazyReminder] | None = answered_by(
        reminders.reminders_of_appointment, Permission.REMINDER_TIMES_READ
    )
