"""One class for each table that is filled: its fields are the columns, in the order in which they are copied."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from db.vocabulary import AddendumKind, NoteCategory, NotePriority, NoteStatus, Shift


class TenantRow(NamedTuple):
    id: UUID
    slug: str
    name: str
    status: str
    time_zone: str
    created_at: datetime
    updated_at: datetime


class FacilityRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    name: str
    time_zone: str
    status: str
    created_at: datetime
    updated_at: datetime


class PractitionerRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    subject: str
    name: str
    email: str
    role: str
    created_at: datetime
    updated_at: datetime


class PractitionerFacilityRow(NamedTuple):
    tenant_id: UUID
    practitioner_id: UUID
    facility_id: UUID


class PatientRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    facility_id: UUID
    mrn: str
    name: str
    birth_date: date
    email: str | None
    phone: str | None
    time_zone: str
    locale: str
    status: str
    discharged_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class Content(NamedTuple):
    """What a note says: the part of its row that signing seals."""

    id: UUID
    patient_id: UUID
    facility_id: UUID
    author_id: UUID
    category: NoteCategory
    priority: NotePriority
    shift: Shift
    effective_at: datetime
    text: str


class Signature(NamedTuple):
    signed_at: datetime | None = None
    signed_by_id: UUID | None = None
    content_hash: bytes | None = None


class Retraction(NamedTuple):
    retracted_at: datetime | None = None
    retracted_by_id: UUID | None = None
    retraction_reason: str | None = None


class NoteRow(NamedTuple):
    tenant_id: UUID
    # Content
    id: UUID
    patient_id: UUID
    facility_id: UUID
    author_id: UUID
    category: NoteCategory
    priority: NotePriority
    shift: Shift
    effective_at: datetime
    text: str
    # Signature
    signed_at: datetime | None
    signed_by_id: UUID | None
    content_hash: bytes | None
    # Retraction
    retracted_at: datetime | None
    retracted_by_id: UUID | None
    retraction_reason: str | None

    status: NoteStatus
    recorded_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class NoteVersionRow(NamedTuple):
    tenant_id: UUID
    note_id: UUID
    version: int
    facility_id: UUID
    category: NoteCategory
    priority: NotePriority
    shift: Shift
    effective_at: datetime
    text: str
    replaced_at: datetime
    replaced_by_id: UUID


class AddendumRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    note_id: UUID
    author_id: UUID
    kind: AddendumKind
    reason: str
    text: str
    signed_at: datetime


class AppointmentRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    patient_id: UUID
    practitioner_id: UUID
    facility_id: UUID
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    service_type: str
    exclusive: bool
    status: str
    generation: int
    cancel_reason: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class TemplateRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    name: str
    published: int
    created_at: datetime
    updated_at: datetime


class TemplateTextRow(NamedTuple):
    tenant_id: UUID
    template_id: UUID
    version: int
    channel: str
    locale: str
    subject: str
    text: str
    html: str
    published_at: datetime


class ReminderRuleRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    name: str
    lead_time: str
    channels: list[str]
    template_id: UUID
    priority: str
    active: bool
    created_at: datetime
    updated_at: datetime


class ContactPreferenceRow(NamedTuple):
    tenant_id: UUID
    patient_id: UUID
    channel: str
    consented_at: datetime
    opted_out_at: datetime | None
    quiet_hours: str


class ReminderRow(NamedTuple):
    tenant_id: UUID
    id: UUID
    patient_id: UUID
    appointment_id: UUID
    rule_id: UUID
    generation: int
    template_id: UUID
    channels: list[str]
    priority: str
    due_at: datetime
    not_after: datetime
    status: str
    status_reason: str | None
    settled_at: datetime | None
    created_at: datetime
    updated_at: datetime


class QueuedReminderRow(NamedTuple):
    tenant_id: UUID
    reminder_id: UUID
    channel: str
    priority: str
    next_attempt_at: datetime


TABLES: dict[type[NamedTuple], str] = {
    TenantRow: "tenants",
    FacilityRow: "facilities",
    PractitionerRow: "practitioners",
    PractitionerFacilityRow: "practitioner_facilities",
    PatientRow: "patients",
    NoteRow: "notes",
    NoteVersionRow: "note_versions",
    AddendumRow: "addenda",
    AppointmentRow: "appointments",
    TemplateRow: "templates",
    TemplateTextRow: "template_texts",
    ReminderRuleRow: "reminder_rules",
    ContactPreferenceRow: "contact_preferences",
    ReminderRow: "reminders",
    QueuedReminderRow: "reminder_queue",
}
