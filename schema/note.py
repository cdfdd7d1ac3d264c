from datetime import datetime

import strawberry

from auth import Permission
from db.vocabulary import AddendumKind, NoteCategory, NotePriority, NoteStatus, Shift
from resolvers import facilities, notes, patients
from resolvers.scalars import Sha256
from schema.facility import Facility
from schema.fields import answered_by, column, global_id
from schema.patient import Patient
from schema.practitioner import Practitioner
from schema.relay import Node, Versioned

# What needs more than NOTES_READ can be null, so that a role without it still gets the rest of the note.


@strawberry.type(description="What a note said before an edit.")
class NoteVersion:
    version: int = column("Which version of the note this was.")
    category: NoteCategory = column("What it was about.")
    priority: NotePriority = column("How soon it should be read.")
    shift: Shift = column("Which shift.")
    effective_at: datetime = column("When it happened.")
    text: str = column("What happened.")
    facility: Facility = answered_by(facilities.facility)
    replaced_at: datetime = column("When the edit came.")
    replaced_by: Practitioner | None = answered_by(notes.replaced_by, Permission.ORGANIZATION_READ)


@strawberry.type(description="What was added to a note after it was signed.")
class Addendum(Node):
    id: strawberry.ID = global_id("Addendum")
    note: "Note" = answered_by(notes.note)
    kind: AddendumKind = column("What it does to the note.")
    reason: str = column("Why it was needed.")
    text: str = column("What is added.")
    author: Practitioner | None = answered_by(notes.author, Permission.ORGANIZATION_READ)
    signed_at: datetime = column("When it was written and signed.")


@strawberry.type(description="What happened in a patient's care, as somebody wrote it down.")
class Note(Node, Versioned):
    id: strawberry.ID = global_id("Note")
    patient: Patient | None = answered_by(patients.patient, Permission.PATIENTS_READ)
    facility: Facility = answered_by(facilities.facility)
    author: Practitioner | None = answered_by(notes.author, Permission.ORGANIZATION_READ)
    category: NoteCategory = column("What it is about.")
    shift: Shift = column("Which shift.")
    priority: NotePriority = column("How soon it should be read.")
    status: NoteStatus = column("Where it is in its life.")
    effective_at: datetime = column("When it happened.")
    recorded_at: datetime = column("When it was written down.")
    late_entry: bool = column("Whether it was written down more than 24 hours after it happened.")
    text: str | None = column("What happened.", Permission.NOTE_TEXTS_READ)
    signed_at: datetime | None = column("When it was signed; null if it was not.")
    signed_by: Practitioner | None = answered_by(notes.signed_by, Permission.ORGANIZATION_READ)
    content_hash: Sha256 | None = column(
        "What the signature seals: SHA-256 over the canonical JSON (RFC 8785) of an object with the keys author, category, "
        "effectiveAt, facility, id, patient, priority, shift and text as this API shows them, people and places by their "
        "ids. Null if it was not signed.",
        Permission.NOTE_TEXTS_READ,
    )
    versions: list[NoteVersion] | None = answered_by(notes.versions, Permission.NOTE_TEXTS_READ, many=5)
    addenda: list[Addendum] | None = answered_by(notes.addenda, Permission.NOTE_TEXTS_READ, many=5)
    retracted_at: datetime | None = column("When it was marked as entered in error; null if it was not.")
    retracted_by: Practitioner | None = answered_by(notes.retracted_by, Permission.ORGANIZATION_READ)
    retraction_reason: str | None = column("Why it was marked as entered in error.", Permission.NOTE_TEXTS_READ)
