from datetime import date, datetime

import strawberry

from auth import Permission
from db.vocabulary import PatientStatus
from resolvers import appointments, facilities, notes, preferences, reminders
from resolvers.scalars import TimeZone
from schema.facility import Facility
from schema.fields import answered_by, column, global_id
from schema.lazy import LazyAppointment, LazyNote, LazyReminder
from schema.preference import ContactPreference
from schema.relay import Connection, Node, Versioned


@strawberry.type(description="Somebody who is cared for.")
class Patient(Node, Versioned):
    id: strawberry.ID = global_id("Patient")
    mrn: str = column("Medical record number, unique in the tenant.")
    name: str = column("Their full name.")
    birth_date: date = column("When they were born.")
    email: str | None = column("Their email address.")
    phone: str | None = column("Their phone number (E.164).")
    time_zone: TimeZone = column("The zone of their appointments.")
    locale: str = column("The language to write to them in (BCP 47).")
    status: PatientStatus = column("Whether they are in care.")
    discharged_at: datetime | None = column("When their care ended; null while it goes on.")
    facility: Facility = answered_by(facilities.facility)
    notes: Connection[LazyNote] | None = answered_by(notes.notes_of_patient, Permission.NOTES_READ)
    appointments: Connection[LazyAppointment] | None = answered_by(
        appointments.appointments_of_patient, Permission.APPOINTMENT_TIMES_READ
    )
    reminders: Connection[LazyReminder] | None = answered_by(
        reminders.reminders_of_patient, Permission.REMINDER_TIMES_READ
    )
    preferences: list[ContactPreference] = answered_by(preferences.preferences_of_patient, many=4)
