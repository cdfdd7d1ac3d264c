"""Subscriptions to what happens: each event, and what it is about, loaded when it is told."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from auth import Permission
from db import streams
from db.appointment_tables import Appointment
from db.event_kinds import REMINDER, FacilityEventKind
from db.reminder_states import ReminderState
from db.tables import Facility, Note
from db.vocabulary import AppointmentStatus, Channel, NoteCategory, NotePriority, NoteStatus, Shift
from executor import batched, reads
from live.events import Event
from resolvers.context import Context, Info
from resolvers.positions import cursor_of, position_of
from resolvers.references import row_ids
from resolvers.reminder_enums import ReminderStatus
from resolvers.scalars import Cursor

After: TypeAlias = Annotated[
    Cursor | None,
    strawberry.argument(
        description="The `cursor` of the last event that was dealt with: what came since is told first. "
        "`EVENTS_EXPIRED` if it is too long ago. If not given: from now on."
    ),
]
Which: TypeAlias = Callable[[Event], bool]


@strawberry.input(description="Which events of notes. What is given must all hold, for the note as it was then.")
class NoteEventFilter:
    facility_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of any of these facilities, or gone from there to another."
    )
    patient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="About any of these patients. For roles that may see patients."
    )
    author_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="By any of these practitioners. For roles that may see practitioners."
    )
    categories: list[NoteCategory] | None = strawberry.field(default=None, description="Of any of these categories.")
    priorities: list[NotePriority] | None = strawberry.field(default=None, description="Of any of these priorities.")
    shifts: list[Shift] | None = strawberry.field(default=None, description="Of any of these shifts.")
    statuses: list[NoteStatus] | None = strawberry.field(default=None, description="Come to any of these states.")


@strawberry.input(
    description="Which events of appointments. What is given must all hold, for the appointment as it was then."
)
class AppointmentEventFilter:
    facility_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="At any of these facilities, or gone from there to another."
    )
    patient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of any of these patients. For roles that may see patients."
    )
    practitioner_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="With any of these practitioners. For roles that may see practitioners."
    )
    statuses: list[AppointmentStatus] | None = strawberry.field(
        default=None, description="Come to any of these states."
    )


@strawberry.input(
    description="Which events of reminders. What is given must all hold, for the reminder as it was then."
)
class ReminderEventFilter:
    facility_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of appointments at any of these facilities."
    )
    patient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="To any of these patients. For roles that may see patients."
    )
    channels: list[Channel] | None = strawberry.field(default=None, description="By any of these channels.")
    statuses: list[ReminderStatus] | None = strawberry.field(default=None, description="Come to any of these states.")


def note_events(info: Info, filter: NoteEventFilter | None = None, after: After = None) -> AsyncGenerator[Event, None]:
    """What happens to notes, in order: each event once. It is told with the note as it is by then."""
    filter = filter or NoteEventFilter()
    conditions = [
        *_of_facilities(filter.facility_ids),
        *_of_patients(info.context, filter.patient_ids),
        *_of_practitioners(info.context, "author_id", filter.author_ids),
        *_among("category", filter.categories),
        *_among("priority", filter.priorities),
        *_among("shift", filter.shifts),
        *_among("status", filter.statuses),
    ]
    loaded = _of_facilities(filter.facility_ids)

    def which(event: Event) -> bool:
        if event.type == Note.__name__:
            return all(condition(event) for condition in conditions)
        # Whatever else is asked for, there may be some among them.
        return event.kind == FacilityEventKind.NOTES_LOADED and all(condition(event) for condition in loaded)

    return _following(info.context, which, after)


def appointment_events(
    info: Info, filter: AppointmentEventFilter | None = None, after: After = None
) -> AsyncGenerator[Event, None]:
    """What happens to appointments, in order: each event once. It is told with the appointment as it is by then."""
    filter = filter or AppointmentEventFilter()
    conditions = [
        _of_type(Appointment.__name__),
        *_of_facilities(filter.facility_ids),
        *_of_patients(info.context, filter.patient_ids),
        *_of_practitioners(info.context, "practitioner_id", filter.practitioner_ids),
        *_among("status", filter.statuses),
    ]
    return _following(info.context, lambda event: all(condition(event) for condition in conditions), after)


def reminder_events(
    info: Info, filter: ReminderEventFilter | None = None, after: After = None
) -> AsyncGenerator[Event, None]:
    """What becomes of reminders, in order: each event once. It is told with the reminder as it is by then."""
    filter = filter or ReminderEventFilter()
    conditions = [
        _of_type(REMINDER),
        *_of_facilities(filter.facility_ids),
        *_of_patients(info.context, filter.patient_ids),
        *_among("channel", filter.channels),
        *_of_kinds(filter.statuses),
    ]
    return _following(info.context, lambda event: all(condition(event) for condition in conditions), after)


async def event_cursor(info: Info) -> Cursor:
    """The newest event's position. Ask for it before you read what you show, and subscribe `after` it: nothing is missed."""
    return cursor_of(info.context.tenant_id, await streams.newest(info.context.scope))


def _following(context: Context, which: Which, after: Cursor | None) -> AsyncGenerator[Event, None]:
    return _matching(context, which, None if after is None else position_of(context.tenant_id, after))


async def _matching(context: Context, which: Which, position: int | None) -> AsyncGenerator[Event, None]:
    assert context.feed is not None, "subscriptions run with a feed"
    async with aclosing(context.feed.follow(context.tenant_id, position)) as events:
        async for event in events:
            if which(event):
                yield event


def _of_type(name: str) -> Which:
    return lambda event: event.type == name


def _of_kinds(words: Collection[str] | None) -> list[Which]:
    if words is None:
        return []
    wanted = set(words)
    return [lambda event: event.kind in wanted]


def _of_facilities(global_ids: Sequence[str] | None) -> list[Which]:
    if global_ids is None:
        return []
    wanted = set(row_ids("Facility", global_ids))
    left = {str(each) for each in wanted}
    return [lambda event: event.facility_id in wanted or event.payload.get("left_facility_id") in left]


def _of_patients(context: Context, global_ids: Sequence[str] | None) -> list[Which]:
    """Raises Forbidden for who may not see patients: it would tell."""
    if global_ids is None:
        return []
    context.principal.require(Permission.PATIENTS_READ)
    wanted = set(row_ids("Patient", global_ids))
    return [lambda event: event.patient_id in wanted]


def _of_practitioners(context: Context, name: str, global_ids: Sequence[str] | None) -> list[Which]:
    """Raises Forbidden for who may not see practitioners: it would tell."""
    if global_ids is None:
        return []
    context.principal.require(Permission.ORGANIZATION_READ)
    return _among(name, [str(each) for each in row_ids("Practitioner", global_ids)])


def _among(name: str, words: Collection[str] | None) -> list[Which]:
    if words is None:
        return []
    wanted = set(words)
    return [lambda event: event.payload.get(name) in wanted]


@batched("position")
def cursor(events: strawberry.Parent[Sequence[Event]], info: Info) -> list[Cursor]:
    """Its position in the tenant's events: give it as `after` to go on behind it. The same for all kinds of events."""
    tenant_id = info.context.tenant_id
    return [cursor_of(tenant_id, event.position) for event in events]


@batched("type", "id")
async def note(events: strawberry.Parent[Sequence[Event]], info: Info) -> list[Note | None]:
    """The note as it is now; null where many were loaded at once."""
    return await _rows(events, info, Note, Note.__name__)


@batched("type", "id")
async def appointment(events: strawberry.Parent[Sequence[Event]], info: Info) -> list[Appointment | None]:
    """The appointment as it is now."""
    return await _rows(events, info, Appointment, Appointment.__name__)


@batched("type", "id")
async def reminder(events: strawberry.Parent[Sequence[Event]], info: Info) -> list[ReminderState | None]:
    """The reminder as it is now."""
    return await _rows(events, info, ReminderState, REMINDER)


@batched("facility_id")
async def facility(events: strawberry.Parent[Sequence[Event]], info: Info) -> list[Facility | None]:
    """Where."""
    keys: list[UUID] = [event.facility_id for event in events if event.facility_id]
    found = iter(await info.context.loaders.by_id(Facility).load_all(keys, reads(info)))
    return [next(found) if event.facility_id else None for event in events]


async def _rows(events: Sequence[Event], info: Info, model: Any, type_: str) -> list[Any]:
    of_rows = [event.type == type_ for event in events]
    keys = [event.id for event, is_row in zip(events, of_rows, strict=True) if is_row]
    found = iter(await info.context.loaders.by_id(model).load_all(keys, reads(info)))
    return [next(found) if is_row else None for is_row in of_rows]
