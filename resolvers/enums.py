"""The vocabularies as GraphQL enums, each value with its description."""

from enum import Enum, StrEnum
from typing import TypeVar

import strawberry

from auth import Role
from db import vocabulary as words
from db.calendar import Bucket
from db.event_kinds import AppointmentEventKind
from loaders.note_groups import Dimension

E = TypeVar("E", bound=Enum)


def documented(enum: type[E], description: str, **values: str) -> type[E]:
    """Makes it a GraphQL enum; `values` say what each of its values means."""
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]  # what strawberry.enum leaves there
    for value in definition.values:
        value.description = values.pop(value.name)
    assert not values, f"{enum.__name__} has no {values}"
    return enum


class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


class NoteOrderField(StrEnum):
    EFFECTIVE_AT = "EFFECTIVE_AT"
    RECORDED_AT = "RECORDED_AT"


class NoteStatsOrderField(StrEnum):
    TIME = "TIME"
    NOTES = "NOTES"


class Way(StrEnum):
    ORIGINAL = "ORIGINAL"
    AGGREGATE = "AGGREGATE"
    COUNTS = "COUNTS"
    CACHED = "CACHED"


class AppointmentOrderField(StrEnum):
    START = "START"


class NoteEventKind(StrEnum):
    """Those of notes, and one of facilities that is about notes."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    SIGNED = "SIGNED"
    AMENDED = "AMENDED"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"
    NOTES_LOADED = "NOTES_LOADED"


class PatientOrderField(StrEnum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


documented(
    Role,
    "What a credential may do.",
    PLATFORM_ADMIN="Manages tenants, and sees no tenant's data.",
    ADMIN="Runs a tenant: facilities, practitioners, patients, appointments. Reads notes, writes none.",
    CLINICIAN="Writes, signs and reads notes; changes patients and their appointments.",
    COORDINATOR="Changes patients and their appointments. Sees of notes everything but the text.",
    BILLING="Reads patients, contacts and appointments, and of notes everything but the text.",
    READER="Reads figures: no name of a person, no text.",
)
documented(Direction, "Which way a list runs.", ASC="Smallest or oldest first.", DESC="Largest or newest first.")
documented(
    words.TenantStatus,
    "Whether a tenant can be used.",
    ACTIVE="In use.",
    SUSPENDED="Its people can read and write nothing of it. Its data stays.",
)
documented(
    words.FacilityStatus, "Whether a facility is open.", ACTIVE="In use.", INACTIVE="Closed; its records stay readable."
)
documented(
    words.PatientStatus,
    "Whether a patient is in care.",
    ACTIVE="In care.",
    DISCHARGED="No longer in care; records stay.",
)
documented(
    words.PractitionerRole,
    "A practitioner's profession (FHIR PractitionerRole.code, in short).",
    PHYSICIAN="A doctor.",
    NURSE="A nurse.",
    CARE_ASSISTANT="An assistant in care.",
    THERAPIST="A physio-, occupational or speech therapist.",
    SOCIAL_WORKER="A social worker.",
)
documented(
    words.NoteCategory,
    "What a note is about.",
    ASSESSMENT="A structured look at the patient's state.",
    PROGRESS="How things have gone since the last note.",
    MEDICATION="Medicines given, refused, changed.",
    VITALS="Pulse, blood pressure, temperature and the like.",
    NUTRITION="Eating, drinking, weight.",
    MOBILITY="Moving, transfers, falls prevention.",
    WOUND_CARE="Wounds and dressings.",
    BEHAVIOUR="Mood, behaviour, orientation.",
    INCIDENT="Something that should not have happened.",
    HANDOVER="What the next shift must know.",
)
documented(
    words.NotePriority,
    "How soon a note should be read.",
    LOW="Whenever there is time.",
    NORMAL="In the ordinary course.",
    HIGH="Within the shift.",
    URGENT="Now.",
)
documented(
    words.Shift,
    "A part of the working day, on the facility's clock.",
    DAY="07:00 to 15:00.",
    EVENING="15:00 to 23:00.",
    NIGHT="23:00 to 07:00.",
)
documented(
    words.NoteStatus,
    "Where a note is in its life (FHIR Composition.status).",
    PRELIMINARY="Not signed yet: can be edited, and every edit keeps the version before it.",
    FINAL="Signed: never edited again.",
    AMENDED="Signed, and added to by addenda.",
    ENTERED_IN_ERROR="Should not have been written. Hidden unless asked for, never deleted.",
)
documented(
    words.AddendumKind,
    "Why something was added to a signed note.",
    CORRECTION="The note says something wrong.",
    CLARIFICATION="The note can be misunderstood.",
    ADDITION="The note lacks something.",
)
documented(
    NoteOrderField,
    "What a list of notes is ordered by.",
    EFFECTIVE_AT="When it happened.",
    RECORDED_AT="When it was written down.",
)
documented(
    words.AppointmentStatus,
    "Where an appointment is in its life (FHIR Appointment.status).",
    PROPOSED="Suggested; nobody has agreed to it yet.",
    PENDING="Asked for, and its time held; not everybody has agreed to it yet.",
    BOOKED="Agreed: it will happen at this time.",
    ARRIVED="The patient is there and waits.",
    CHECKED_IN="What had to be done before it is done: it can begin.",
    FULFILLED="It took place.",
    CANCELLED="It will not take place.",
    NOSHOW="The patient did not come, or left before it began.",
    WAITLIST="Waits for a time to become free.",
    ENTERED_IN_ERROR="Should not have been written. Hidden unless asked for, never deleted.",
)
documented(
    AppointmentOrderField,
    "What a list of appointments is ordered by.",
    START="When they begin.",
)
documented(
    PatientOrderField,
    "What a list of patients is ordered by.",
    NAME="The name.",
    CREATED_AT="When they were registered.",
)
documented(
    NoteEventKind,
    "What happened to a note.",
    CREATED="It was written.",
    UPDATED="It was changed before it was signed.",
    SIGNED="It was signed.",
    AMENDED="Something was added after it was signed.",
    ENTERED_IN_ERROR="It was marked as entered in error.",
    NOTES_LOADED="Many notes of a facility came at once, without an event for each: read the list anew.",
)
documented(
    AppointmentEventKind,
    "What happened to an appointment.",
    BOOKED="It was booked.",
    RESCHEDULED="It was given another time.",
    TRANSITIONED="It came to another state.",
    CANCELLED="It was cancelled.",
)
documented(
    Bucket,
    "A stretch of time that notes are counted in.",
    HOUR="An hour of the clock.",
    DAY="From midnight to midnight; 23 or 25 hours where a clock changes.",
    WEEK="From Monday to Sunday (ISO 8601).",
    MONTH="A month.",
    QUARTER="Three months, from January, April, July or October.",
    YEAR="A year.",
)
documented(
    Dimension,
    "What notes can be grouped by.",
    FACILITY="Where.",
    CATEGORY="What they are about.",
    PRIORITY="How soon they should be read.",
    STATUS="Where they are in their lives.",
    SHIFT="Which shift.",
    LATE_ENTRY="Whether they were written down more than 24 hours after they happened.",
    PATIENT="Whom they are about. For roles that may see patients.",
    AUTHOR="Who began them. For roles that may see practitioners.",
)
documented(
    NoteStatsOrderField,
    "What groups of notes are ordered by.",
    TIME="When they start, then what they are grouped by.",
    NOTES="How many notes they have.",
)
documented(
    Way,
    "A way to daily statistics.",
    ORIGINAL="All notes of the tenant are fetched, filtered by the day, and counted in five passes, in the server.",
    AGGREGATE="PostgreSQL counts the day's notes.",
    COUNTS="PostgreSQL reads counts that are kept with the notes.",
    CACHED="What was read before, if nothing was written since.",
)
