"""Reading notes."""

from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, func, select

from auth import Permission
from db.keyset import Order
from db.tables import Addendum, Facility, Note, NoteVersion, Patient, Practitioner
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from resolvers import checks, paging
from resolvers.context import Info
from resolvers.enums import Direction, NoteOrderField
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import among_ids

SEARCH_LEAST = 3
"""A trigram index serves no less; a tenant can have millions of notes."""

_ORDERS = {NoteOrderField.EFFECTIVE_AT: Note.effective_at, NoteOrderField.RECORDED_AT: Note.recorded_at}


@strawberry.input(description="How to order notes.")
class NoteOrder:
    field: NoteOrderField = strawberry.field(default=NoteOrderField.EFFECTIVE_AT, description="By what.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which way.")


@strawberry.input(description="Which notes. What is given must all hold.")
class NoteFilter:
    facility_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these facilities.")
    patient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="About any of these patients. For roles that may see patients."
    )
    author_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="By any of these practitioners. For roles that may see practitioners."
    )
    categories: list[NoteCategory] | None = strawberry.field(default=None, description="Of any of these categories.")
    priorities: list[NotePriority] | None = strawberry.field(default=None, description="Of any of these priorities.")
    shifts: list[Shift] | None = strawberry.field(default=None, description="Of any of these shifts.")
    statuses: list[NoteStatus] | None = strawberry.field(
        default=None, description="In any of these states. If not given: in any but ENTERED_IN_ERROR."
    )
    effective_from: datetime | None = strawberry.field(default=None, description="At this instant or later.")
    effective_before: datetime | None = strawberry.field(default=None, description="Before this instant.")
    search: str | None = strawberry.field(
        default=None,
        description="Whose text holds this, in any case: 3 letters or digits in a row, or more. For roles that may read texts.",
    )


def listing(info: Info, filter: NoteFilter | None, order_by: NoteOrder | None) -> paging.Listing:
    """Raises Forbidden for a filter by something that the caller may not see: it would tell."""
    filter, order_by = filter or NoteFilter(), order_by or NoteOrder()
    order = Order((_ORDERS[order_by.field], Note.id), order_by.direction is Direction.DESC)
    return paging.Listing(order, [*_conditions(filter), *_guarded(info, filter)], filter)


def _conditions(filter: NoteFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if filter.facility_ids is not None:
        conditions.append(among_ids(Note.facility_id, "Facility", filter.facility_ids))
    for column, words in (
        (Note.category, filter.categories),
        (Note.priority, filter.priorities),
        (Note.shift, filter.shifts),
        (Note.status, filter.statuses),
    ):
        if words is not None:
            conditions.append(column.in_(set(words)))
    if filter.statuses is None:
        conditions.append(Note.status != NoteStatus.ENTERED_IN_ERROR)
    if filter.effective_from is not None:
        conditions.append(Note.effective_at >= filter.effective_from)
    if filter.effective_before is not None:
        conditions.append(Note.effective_at < filter.effective_before)
    return conditions


def _guarded(info: Info, filter: NoteFilter) -> list[ColumnElement[bool]]:
    conditions, principal = [], info.context.principal
    if filter.patient_ids is not None:
        principal.require(Permission.PATIENTS_READ)
        conditions.append(among_ids(Note.patient_id, "Patient", filter.patient_ids))
    if filter.author_ids is not None:
        principal.require(Permission.ORGANIZATION_READ)
        conditions.append(among_ids(Note.author_id, "Practitioner", filter.author_ids))
    if filter.search is not None:
        principal.require(Permission.NOTE_TEXTS_READ)
        pattern = checks.search(filter.search, ["filter", "search"], SEARCH_LEAST)
        conditions.append(Note.id.in_(select(func.search_notes(info.context.tenant_id, pattern))))
    return conditions


async def notes(
    info: Info,
    filter: NoteFilter | None = None,
    order_by: NoteOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Note]:
    """The tenant's notes, the newest first unless asked otherwise."""
    which = listing(info, filter, order_by)
    return await paging.page(info, Note, which, paging.window(info, which, first, after, last, before))


async def notes_of_patient(
    patient: strawberry.Parent[Patient],
    info: Info,
    filter: NoteFilter | None = None,
    order_by: NoteOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Note]:
    """The notes about this patient, the newest first unless asked otherwise."""
    which = listing(info, filter, order_by)
    window = paging.window(info, which, first, after, last, before)
    return await paging.page_below(info, Note.patient_id, patient.id, which, window)


async def notes_of_facility(
    facility: strawberry.Parent[Facility],
    info: Info,
    filter: NoteFilter | None = None,
    order_by: NoteOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Note]:
    """The facility's notes, the newest first unless asked otherwise."""
    which = listing(info, filter, order_by)
    window = paging.window(info, which, first, after, last, before)
    return await paging.page_below(info, Note.facility_id, facility.id, which, window)


async def author(row: strawberry.Parent[Note | Addendum], info: Info) -> Practitioner | None:
    """Who wrote it."""
    return await info.context.loaders.practitioners.load(row.author_id)


async def signed_by(note: strawberry.Parent[Note], info: Info) -> Practitioner | None:
    """Who signed it; null if nobody has."""
    return await _maybe(info, note.signed_by_id)


async def retracted_by(note: strawberry.Parent[Note], info: Info) -> Practitioner | None:
    """Who marked it as entered in error; null if nobody has."""
    return await _maybe(info, note.retracted_by_id)


async def replaced_by(version: strawberry.Parent[NoteVersion], info: Info) -> Practitioner | None:
    """Who made the edit that replaced this version."""
    return await info.context.loaders.practitioners.load(version.replaced_by_id)


async def _maybe(info: Info, practitioner_id: UUID | None) -> Practitioner | None:
    return await info.context.loaders.practitioners.load(practitioner_id) if practitioner_id else None


async def versions(note: strawberry.Parent[Note], info: Info) -> list[NoteVersion]:
    """What the note said before each edit, oldest first. The current version is the note itself."""
    return await info.context.loaders.note_versions.load(note.id)


async def addenda(note: strawberry.Parent[Note], info: Info) -> list[Addendum]:
    """What was added after signing, oldest first."""
    return await info.context.loaders.addenda_of_note.load(note.id)


async def note(addendum: strawberry.Parent[Addendum], info: Info) -> Note | None:
    """The note it was added to."""
    return await info.context.loaders.notes.load(addendum.note_id)
