from datetime import datetime

import strawberry

from auth import Permission
from db.event_kinds import AppointmentEventKind
from resolvers import events
from resolvers.enums import NoteEventKind
from resolvers.reminder_enums import ReminderStatus
from resolvers.scalars import Cursor
from schema.appointment import Appointment
from schema.facility import Facility
from schema.fields import answered_by, column
from schema.note import Note
from schema.reminder import Reminder


@strawberry.type(description="Something that happened to a note.")
class NoteEvent:
    kind: NoteEventKind = column("What happened.")
    cursor: Cursor = answered_by(events.cursor)
    at: datetime = column("When it happened.")
    facility: Facility | None = answered_by(events.facility, Permission.FACILITIES_READ)
    node: Note | None = answered_by(events.note, Permission.NOTES_READ)


@strawberry.type(description="Something that happened to an appointment.")
class AppointmentEvent:
    kind: AppointmentEventKind = column("What happened.")
    cursor: Cursor = answered_by(events.cursor)
    at: datetime = column("When it happened.")
    node: Appointment | None = answered_by(events.appointment, Permission.APPOINTMENT_TIMES_READ)


@strawberry.type(description="Something that became of a reminder.")
class ReminderEvent:
    kind: ReminderStatus = column("The state that it came to.")
    cursor: Cursor = answered_by(events.cursor)
    at: datetime = column("When it happened.")
    node: Reminder | None = answered_by(events.reminder, Permission.REMINDER_TIMES_READ)
