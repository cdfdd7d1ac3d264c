"""A note's life: written, edited, signed, marked as entered in error.

The database guards it as well: see the policies of `notes` and `addenda` in the migrations.
"""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry
from sqlalchemy import func, insert, select, update
from uuid_utils.compat import uuid7

from db import figures, outbox
from db.event_kinds import NoteEventKind
from db.scope import Scope
from db.signature import content_hash
from db.tables import Facility, Note, NoteVersion, Patient
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift, shift_of
from errors import Conflict, NotFound
from resolvers import checks
from resolvers.context import Info
from resolvers.mutating import Edit, Mutation, Work, argument, as_is, given, identity, not_null, once, refuse_stale
from resolvers.practitioners import author_id
from resolvers.references import facility_given, facility_of, row_id


class NotePayload(NamedTuple):
    note: Note | None


@strawberry.input(description="A new note. Its author is the caller.")
class CreateNoteInput(Mutation):
    patient_id: strawberry.ID = strawberry.field(description="Whom it is about.")
    facility_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it happened; the patient's facility if not given."
    )
    category: NoteCategory = strawberry.field(description="What it is about.")
    priority: NotePriority = strawberry.field(default=NotePriority.NORMAL, description="How soon it should be read.")
    shift: Shift | None = strawberry.field(
        default=None, description="Which shift; by the facility's clock at `effectiveAt` if not given."
    )
    effective_at: datetime | None = strawberry.field(
        default=None, description="When it happened: now if not given, at the latest 24 hours from now."
    )
    text: str = strawberry.field(description="What happened: 1 to 20,000 characters.")


async def create_note(info: Info, input: CreateNoteInput) -> NotePayload:
    """Writes a note. It is PRELIMINARY until it is signed."""
    note_id, patient_id = uuid7(), row_id("Patient", input.patient_id, argument("patient_id"))
    text = checks.text(input.text, argument("text"))
    effective_at = checks.effective_at(input.effective_at or datetime.now(UTC), argument("effective_at"))

    async def work(scope: Scope) -> None:
        author = await author_id(scope, info.context.principal)
        home = await scope.value(
            select(Patient.facility_id).where(Patient.tenant_id == scope.tenant_id, Patient.id == patient_id)
        )
        if home is None:
            raise NotFound("patient", argument("patient_id"))
        given_id = input.facility_id
        facility = await _facility(scope, home) if given_id is None else await facility_given(scope, given_id)
        written = await scope.row(
            insert(Note)
            .values(
                tenant_id=scope.tenant_id,
                id=note_id,
                patient_id=patient_id,
                facility_id=facility.id,
                author_id=author,
                category=input.category,
                priority=input.priority,
                shift=input.shift or _shift(effective_at, facility),
                status=NoteStatus.PRELIMINARY,
                effective_at=effective_at,
                text=text,
            )
            .returning(*figures.COUNTED),
            Note,
        )
        assert written is not None, "an INSERT returns what it inserted"
        await outbox.append(scope, NoteEventKind.CREATED, note_id)
        await figures.count(scope, None, written)

    return await _payload(info, await once(info, input, note_id, work))


@strawberry.input(description="Changes to a note that is not signed yet. What is not given stays.")
class UpdateNoteInput(Edit):
    facility_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="Where it happened.", default=None
    )
    category: strawberry.Maybe[NoteCategory | None] = strawberry.field(description="What it is about.", default=None)
    priority: strawberry.Maybe[NotePriority | None] = strawberry.field(
        description="How soon it should be read.", default=None
    )
    shift: strawberry.Maybe[Shift | None] = strawberry.field(description="Which shift.", default=None)
    effective_at: strawberry.Maybe[datetime | None] = strawberry.field(description="When it happened.", default=None)
    text: strawberry.Maybe[str | None] = strawberry.field(description="What happened.", default=None)


async def update_note(info: Info, input: UpdateNoteInput) -> NotePayload:
    """Edits a note that is PRELIMINARY, and keeps what it said before. `CONFLICT` once it is signed.

    Any clinician may; `versions` tell who did. Without `shift`, a new time or facility decides it anew.
    """
    values = given(
        input, category=as_is, priority=as_is, shift=as_is, effective_at=checks.effective_at, text=checks.text
    )

    async def work(scope: Scope) -> None:
        editor = await author_id(scope, info.context.principal)
        before = await _preliminary(scope, input)
        facility = None
        if input.facility_id is not None:
            facility = await facility_given(scope, not_null(input.facility_id, "facility_id"))
            values["facility_id"] = facility.id
        if input.shift is None and (facility or input.effective_at):
            # It was another shift then, or is one on another clock.
            facility = facility or await _facility(scope, before.facility_id)
            values["shift"] = _shift(values.get("effective_at", before.effective_at), facility)
        kept = ("tenant_id", "version", "facility_id", "category", "priority", "shift", "effective_at", "text")
        await scope.run(
            insert(NoteVersion).values(
                note_id=before.id, replaced_by_id=editor, **{name: getattr(before, name) for name in kept}
            )
        )
        await _update(scope, before, NoteEventKind.UPDATED, **values)

    return await _edit(info, input, work)


@strawberry.input(description="Which note to sign.")
class SignNoteInput(Edit):
    pass


async def sign_note(info: Info, input: SignNoteInput) -> NotePayload:
    """Signs a note: it is FINAL, and from then on nobody can edit it, not even by SQL. `CONFLICT` if it was signed.

    Any clinician may, for example a supervisor: `signedBy` tells who did, `author` who began it.
    """

    async def work(scope: Scope) -> None:
        signer = await author_id(scope, info.context.principal)
        note = await _preliminary(scope, input)
        await _update(
            scope,
            note,
            NoteEventKind.SIGNED,
            status=NoteStatus.FINAL,
            signed_at=func.now(),
            signed_by_id=signer,
            content_hash=content_hash(note),
        )

    return await _edit(info, input, work)


@strawberry.input(description="Which note should not have been written.")
class MarkNoteEnteredInErrorInput(Edit):
    reason: str = strawberry.field(description="Why; up to 200 characters.")


async def mark_note_entered_in_error(info: Info, input: MarkNoteEnteredInErrorInput) -> NotePayload:
    """Marks a note as entered in error: hidden unless asked for, never deleted. `CONFLICT` if it was already."""
    note_id, reason = row_id("Note", input.id, argument("id")), checks.line(input.reason, argument("reason"))

    async def work(scope: Scope) -> None:
        practitioner = await author_id(scope, info.context.principal)
        version = await scope.value(select(func.retract_note(scope.tenant_id, note_id, practitioner, reason)))
        if version is None:
            status = await status_of(scope, note_id, argument("id"))
            raise Conflict(f"This note is {status} already.", reason="NOTE_STATUS")
        refuse_stale(input.expected_version, version - 1)
        await outbox.append(scope, NoteEventKind.ENTERED_IN_ERROR, note_id)

    return await _edit(info, input, work)


async def _facility(scope: Scope, facility_id: UUID) -> Facility:
    found = await facility_of(scope, facility_id)
    assert found is not None, "a foreign key leads there"
    return found


def _shift(effective_at: datetime, facility: Facility) -> Shift:
    return shift_of(effective_at.astimezone(ZoneInfo(facility.time_zone)).hour)


async def _preliminary(scope: Scope, input: Edit) -> Note:
    """The note, locked. Raises NotFound, or Conflict where it is signed or not of the expected version."""
    note_id = row_id("Note", input.id, argument("id"))
    # Under the policy only a PRELIMINARY note can be locked for an update.
    note = await scope.row(select(Note.__table__).where(*identity(scope, Note, note_id)).with_for_update(), Note)
    if note is None:
        status = await status_of(scope, note_id, argument("id"))
        raise Conflict(f"This note is {status}: it cannot be edited any more. Add an addendum.", reason="NOTE_STATUS")
    refuse_stale(input.expected_version, note.version)
    return note


async def status_of(scope: Scope, note_id: UUID, at: checks.Path) -> str:
    """Raises NotFound."""
    status: str | None = await scope.value(select(Note.status).where(*identity(scope, Note, note_id)))
    if status is None:
        raise NotFound("note", at)
    return status


async def _update(scope: Scope, note: Note, kind: NoteEventKind, **values: object) -> None:
    after = await scope.row(
        update(Note)
        .where(*identity(scope, Note, note.id))
        .values(**values, version=Note.version + 1, updated_at=func.now())
        .returning(*figures.COUNTED),
        Note,
    )
    assert after is not None, "it is locked"
    await outbox.append(scope, kind, note.id, left=note.facility_id)
    await figures.count(scope, note, after)


async def _edit(info: Info, input: Edit, work: Work) -> NotePayload:
    return await _payload(info, await once(info, input, row_id("Note", input.id, argument("id")), work))


async def _payload(info: Info, note_id: UUID) -> NotePayload:
    return NotePayload(await info.context.loaders.by_id(Note).load(note_id))
