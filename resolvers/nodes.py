"""Any object by its global id."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import strawberry

from auth import Permission, Principal
from db.appointment_tables import Appointment
from db.reminder_states import ReminderState
from db.reminder_tables import ReminderRule, Template
from db.tables import Addendum, Facility, Note, Patient, Practitioner
from errors import Invalid
from ids import decode
from loaders import Loaders
from resolvers.context import Info

LIMIT = 100


class _Kind(NamedTuple):
    needs: tuple[Permission, ...]
    load: Callable[[Loaders, UUID], Awaitable[Any]]


_KINDS = {
    "Tenant": _Kind(
        (Permission.ORGANIZATION_READ, Permission.TENANTS_WRITE), lambda loaders, row: loaders.tenants.load(row)
    ),
    "Facility": _Kind((Permission.FACILITIES_READ,), lambda loaders, row: loaders.by_id(Facility).load(row)),
    "Practitioner": _Kind((Permission.ORGANIZATION_READ,), lambda loaders, row: loaders.by_id(Practitioner).load(row)),
    "Patient": _Kind((Permission.PATIENTS_READ,), lambda loaders, row: loaders.by_id(Patient).load(row)),
    "Note": _Kind((Permission.NOTES_READ,), lambda loaders, row: loaders.by_id(Note).load(row)),
    "Addendum": _Kind((Permission.NOTE_TEXTS_READ,), lambda loaders, row: loaders.by_id(Addendum).load(row)),
    "Appointment": _Kind(
        (Permission.APPOINTMENT_TIMES_READ,), lambda loaders, row: loaders.by_id(Appointment).load(row)
    ),
    "Reminder": _Kind((Permission.REMINDER_TIMES_READ,), lambda loaders, row: loaders.by_id(ReminderState).load(row)),
    "ReminderRule": _Kind((Permission.ORGANIZATION_READ,), lambda loaders, row: loaders.by_id(ReminderRule).load(row)),
    "Template": _Kind((Permission.ORGANIZATION_READ,), lambda loaders, row: loaders.by_id(Template).load(row)),
}


async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Any:
    """Anything by its id. Null for an id of another tenant as for an id of nothing."""
    found = decode(id)
    if found is None:
        return None
    kind = _KINDS[found[0]]
    info.context.principal.require(*kind.needs)
    return await kind.load(info.context.loaders, found[1])


async def nodes(
    info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids; up to 100.")]
) -> Any:
    """Several at once, in the order of their ids, with null where there is none."""
    if len(ids) > LIMIT:
        raise Invalid(f"`ids` takes up to {LIMIT} ids; these are {len(ids)}.", ["ids"])
    # Awaitables, so that all are loaded together, and one that is refused leaves the others alone.
    return [node(info, each) for each in ids]


async def viewer(info: Info) -> Principal:
    """Who this credential says you are."""
    return info.context.principal
