"""Reading notes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, bindparam, func, select

from auth import Permission
from db.keyset import Order, Which
from db.pool import values_of
from db.statements import TENANT
from db.tables import Addendum, Facility, Note, NoteVersion, Patient, Practitioner
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from executor import batched, reads
from loaders.keys import among, among_words
from resolvers import checks, paging
from resolvers.context import Info
from resolvers.enums import Direction, NoteOrderField
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_ids

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


_WHICH: dict[str, ColumnElement[bool]] = {
    "facility_ids": among(Note.facility_id, "facility_ids"),
    "patient_ids": among(Note.patient_id, "patient_ids"),
    "author_ids": among(Note.author_id, "author_ids"),
    "categories": among_words(Note.category, "categories"),
    "priorities": among_words(Note.priority, "priorities"),
    "shifts": among_words(Note.shift, "shifts"),
    "statuses": among_words(Note.status, "statuses"),
    "hidden": Note.status != bindparam("hidden", type_=Note.status.type),
    "effective_from": Note.effective_at >= bindparam("effective_from", type_=Note.effective_at.type),
    "effective_before": Note.effective_at < bindparam("effective_before", type_=Note.effective_at.type),
    "search": Note.id.in_(select(func.search_notes(TENANT, bindparam("search", type_=Note.text.type)))),
}


def listing(info: Info, filter: NoteFilter | None, order_by: NoteOrder | None) -> paging.Listing:
    """Raises Forbidden for a filter by something that the caller may not see: it would tell."""
    filter, order_by = filter or NoteFilter(), order_by or NoteOrder()
    order = Order((_ORDERS[order_by.field], Note.id), order_by.direction is Direction.DESC)
    return paging.Listing(order, which_notes(info, filter), filter)


def which_notes(info: Info, filter: NoteFilter) -> Which:
    """The filter as conditions. Raises Forbidden for one by something that the caller may not see: it would tell."""
    principal = info.context.principal
    values: dict[str, object] = {}
    if filter.facility_ids is not None:
        values["facility_ids"] = row_ids("Facility", filter.facility_ids)
    if filter.patient_ids is not None:
        principal.require(Permission.PATIENTS_READ)
        values["patient_ids"] = row_ids("Patient", filter.patient_ids)
    if filter.author_ids is not None:
        principal.require(Permission.ORGANIZATION_READ)
        values["author_ids"] = row_ids("Practitioner", filter.author_ids)
    for name in ("categories", "priorities", "shifts", "statuses", "effective_from", "effective_before"):
        if (given := getattr(filter, name)) is not None:
            values[name] = given
    if filter.statuses is None:
        values["hidden"] = NoteStatus.ENTERED_IN_ERROR
    if filter.search is not None:
        principal.require(Permission.NOTE_TEXTS_READ)
        values["search"] = checks.search(filter.search, ["filter", "search"], SEARCH_LEAST)
    return Which(_WHICH, values)


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


@batched("id")
async def notes_of_patient(
    patients: strawberry.Parent[Sequence[Patient]],
    info: Info,
    filter: NoteFilter | None = None,
    order_by: NoteOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[Note]]:
    """The notes about this patient, the newest first unless asked otherwise."""
    which = listing(info, filter, order_by)
    window = paging.window(info, which, first, after, last, before)
    return await paging.pages_below(info, Note.patient_id, values_of(patients, Patient.id), which, window)


@batched("id")
async def notes_of_facility(
    facilities: strawberry.Parent[Sequence[Facility]],
    info: Info,
    filter: NoteFilter | None = None,
    order_by: NoteOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[Note]]:
    """The facility's notes, the newest first unless asked otherwise."""
    which = listing(info, filter, order_by)
    window = paging.window(info, which, first, after, last, before)
    return await paging.pages_below(info, Note.facility_id, values_of(facilities, Facility.id), which, window)


@batched("author_id")
async def author(rows: strawberry.Parent[Sequence[Note | Addendum]], info: Info) -> list[Practitioner | None]:
    """Who wrote it."""
    return await info.context.loaders.practitioners.load_all(values_of(rows, Note.author_id), reads(info))


@batched("signed_by_id")
async def signed_by(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[Practitioner | None]:
    """Who signed it; null if nobody has."""
    return await _those(info, values_of(notes, Note.signed_by_id))


@batched("retracted_by_id")
async def retracted_by(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[Practitioner | None]:
    """Who marked it as entered in error; null if nobody has."""
    return await _those(info, values_of(notes, Note.retracted_by_id))


@batched("replaced_by_id")
async def replaced_by(versions: strawberry.Parent[Sequence[NoteVersion]], info: Info) -> list[Practitioner | None]:
    """Who made the edit that replaced this version."""
    return await info.context.loaders.practitioners.load_all(
        values_of(versions, NoteVersion.replaced_by_id), reads(info)
    )


async def _those(info: Info, practitioner_ids: Sequence[UUID | None]) -> list[Practitioner | None]:
    given = [each for each in practitioner_ids if each is not None]
    found = iter(await info.context.loaders.practitioners.load_all(given, reads(info)))
    return [None if each is None else next(found) for each in practitioner_ids]


@batched("id")
async def versions(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[list[NoteVersion]]:
    """What the note said before each edit, oldest first. The current version is the note itself."""
    return await info.context.loaders.note_versions.load_all(values_of(notes, Note.id), reads(info))


@batched("id")
async def addenda(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[list[Addendum]]:
    """What was added after signing, oldest first."""
    return await info.context.loaders.addenda_of_note.load_all(values_of(notes, Note.id), reads(info))


@batched("note_id")
async def note(addenda: strawberry.Parent[Sequence[Addendum]], info: Info) -> list[Note | None]:
    """The note it was added to."""
    return await info.context.loaders.notes.load_all(values_of(addenda, Addendum.note_id), reads(info))
