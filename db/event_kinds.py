"""What can have happened, to what. The class of a kind says which type of the schema the event is about."""

from enum import StrEnum

from db.vocabulary import ReminderStatus

REMINDER = "Reminder"
"""The type of events of reminders. Their kind is the status that the reminder came to: see `ReminderStatus`."""


class NoteEventKind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    SIGNED = "SIGNED"
    AMENDED = "AMENDED"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"


class PatientEventKind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DISCHARGED = "DISCHARGED"


class FacilityEventKind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    NOTES_LOADED = "NOTES_LOADED"
    """A bulk load: one event for all of its notes there, and none for each."""


class AppointmentEventKind(StrEnum):
    BOOKED = "BOOKED"
    RESCHEDULED = "RESCHEDULED"
    TRANSITIONED = "TRANSITIONED"
    """To another status; CANCELLED has a kind of its own."""
    CANCELLED = "CANCELLED"


KINDS = sorted(
    {
        *NoteEventKind,
        *PatientEventKind,
        *FacilityEventKind,
        *AppointmentEventKind,
        *ReminderStatus,
    }
)
