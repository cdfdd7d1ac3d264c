"""Reading notes."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, bindparam, func, select

from auth import Permission
from db.keyset import Order, Which
from db.pool import values_of
from db.statements import TENANT
from db.tables import Addendum, Facility, Note, NoteVersion, Patient, Practitioner
from db.vocabulary import NoteCategory, NotePriority, NoteStatus, Shift
from executor import batched, reads
from executor.cost import Cost
from loaders.keys import among, among_words
from resolvers import checks, paging
from resolvers.context import Context, Info
from resolvers.enums import Direction, NoteOrderField
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_ids
from resolvers.relations import listed, to_one

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
        directives=[Cost(weight="2500")],
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


def listing(context: Context, filter: NoteFilter | None = None, order_by: NoteOrder | None = None) -> paging.Listing:
    """Raises Forbidden for a filter by something that the caller may not see: it would tell."""
    filter, order_by = filter or NoteFilter(), order_by or NoteOrder()
    order = Order((_ORDERS[order_by.field], Note.id), order_by.direction is Direction.DESC)
    return paging.Listing(order, which_notes(context, filter), filter)


def which_notes(context: Context, filter: NoteFilter) -> Which:
    """The filter as conditions. Raises Forbidden for one by something that the caller may not see: it would tell."""
    principal = context.principal
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


@listed(Note, listing)
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
    which = listing(info.context, filter, order_by)
    return await paging.page(info, Note, which, paging.window(info.context, which, first, after, last, before))


@listed(Note, listing, below=Note.patient_id)
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
    which = listing(info.context, filter, order_by)
    window = paging.window(info.context, which, first, after, last, before)
    return await paging.pages_below(info, Note.patient_id, values_of(patients, Patient.id), which, window)


@listed(Note, listing, below=Note.facility_id)
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
    which = listing(info.context, filter, order_by)
    window = paging.window(info.context, which, first, after, last, before)
    return await paging.pages_below(info, Note.facility_id, values_of(facilities, Facility.id), which, window)


author = to_one(Practitioner, Note.author_id, "Who wrote it.")
signed_by = to_one(Practitioner, Note.signed_by_id, "Who signed it; null if nobody has.")
retracted_by = to_one(Practitioner, Note.retracted_by_id, "Who marked it as entered in error; null if nobody has.")
replaced_by = to_one(Practitioner, NoteVersion.replaced_by_id, "Who made the edit that replaced this version.")
note = to_one(Note, Addendum.note_id, "The note it was added to.")


@batched("id")
async def versions(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[list[NoteVersion]]:
    """What the note said before each edit, oldest first. The current version is the note itself."""
    return await info.context.loaders.note_versions.load_all(values_of(notes, Note.id), reads(info))


@batched("id")
async def addenda(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[list[Addendum]]:
    """What was added after signing, oldest first."""
    return await info.context.loaders.addenda_of_note.load_all(values_of(notes, Note.id), reads(info))
