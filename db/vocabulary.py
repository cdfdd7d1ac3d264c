"""The closed vocabularies, as the database stores them: text with a CHECK.

Not PostgreSQL enum types: their `=` is not leakproof, so under row-level security it cannot be an index condition.
"""

from enum import StrEnum


class TenantStatus(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class FacilityStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class PatientStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISCHARGED = "DISCHARGED"


class PractitionerRole(StrEnum):
    PHYSICIAN = "PHYSICIAN"
    NURSE = "NURSE"
    CARE_ASSISTANT = "CARE_ASSISTANT"
    THERAPIST = "THERAPIST"
    SOCIAL_WORKER = "SOCIAL_WORKER"


class NoteCategory(StrEnum):
    ASSESSMENT = "ASSESSMENT"
    PROGRESS = "PROGRESS"
    MEDICATION = "MEDICATION"
    VITALS = "VITALS"
    NUTRITION = "NUTRITION"
    MOBILITY = "MOBILITY"
    WOUND_CARE = "WOUND_CARE"
    BEHAVIOUR = "BEHAVIOUR"
    INCIDENT = "INCIDENT"
    HANDOVER = "HANDOVER"


class NotePriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class Shift(StrEnum):
    DAY = "DAY"
    EVENING = "EVENING"
    NIGHT = "NIGHT"


def shift_of(hour: int) -> Shift:
    """The shift that this hour of the facility's clock belongs to."""
    return Shift.DAY if 7 <= hour < 15 else Shift.EVENING if 15 <= hour < 23 else Shift.NIGHT


class NoteStatus(StrEnum):
    PRELIMINARY = "PRELIMINARY"
    FINAL = "FINAL"
    AMENDED = "AMENDED"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"


class AddendumKind(StrEnum):
    CORRECTION = "CORRECTION"
    CLARIFICATION = "CLARIFICATION"
    ADDITION = "ADDITION"


class AppointmentStatus(StrEnum):
    PROPOSED = "PROPOSED"
    PENDING = "PENDING"
    BOOKED = "BOOKED"
    ARRIVED = "ARRIVED"
    CHECKED_IN = "CHECKED_IN"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    NOSHOW = "NOSHOW"
    WAITLIST = "WAITLIST"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"


class Channel(StrEnum):
    EMAIL = "EMAIL"
    PUSH = "PUSH"
    WEBHOOK = "WEBHOOK"
    CONSOLE = "CONSOLE"


class TemplateContext(StrEnum):
    """What a template may speak of: of a patient alone, or of an appointment, too."""

    APPOINTMENT = "APPOINTMENT"
    PATIENT = "PATIENT"


class ReminderPriority(StrEnum):
    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


class ReminderStatus(StrEnum):
    """As stored. A reminder that a dispatcher is sending is SCHEDULED with a lease that has not run out."""

    SCHEDULED = "SCHEDULED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    DEAD = "DEAD"


class ReminderReason(StrEnum):
    """Why a reminder was not sent."""

    DUE_BEFORE_BOOKING = "DUE_BEFORE_BOOKING"
    APPOINTMENT_CANCELLED = "APPOINTMENT_CANCELLED"
    APPOINTMENT_MOVED = "APPOINTMENT_MOVED"
    APPOINTMENT_OVER = "APPOINTMENT_OVER"
    RULE_CHANGED = "RULE_CHANGED"
    CANCELLED_BY_STAFF = "CANCELLED_BY_STAFF"
    NO_CONSENT = "NO_CONSENT"
    NO_ADDRESS = "NO_ADDRESS"
    QUIET_HOURS = "QUIET_HOURS"
    TOO_LATE = "TOO_LATE"
    REJECTED = "REJECTED"
    BOUNCED = "BOUNCED"
    ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED"


class AttemptOutcome(StrEnum):
    """What a provider said. UNKNOWN: it said nothing in time, or the dispatcher died; the message may have gone out."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class ReceiptKind(StrEnum):
    """What a provider tells of a message after it accepted it. COMPLAINED: the patient called it unwanted."""

    DELIVERED = "DELIVERED"
    BOUNCED = "BOUNCED"
    COMPLAINED = "COMPLAINED"
