"""Reading reminders."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, bindparam, func, literal_column, or_

from auth import Permission
from db.appointment_tables import Appointment
from db.keyset import Order, Which
from db.pool import values_of
from db.reminder_states import SENDING, ReminderState
from db.reminder_tables import DeliveryAttempt, ReminderRule, Template
from db.tables import Patient
from db.vocabulary import ReminderPriority, ReminderReason
from db.vocabulary import ReminderStatus as StoredStatus
from executor import batched, reads
from loaders.keys import among, among_words
from resolvers import paging
from resolvers.context import Context, Info
from resolvers.enums import Direction
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_ids
from resolvers.relations import listed, to_one
from resolvers.reminder_enums import ReminderOrderField, ReminderStatus

_ORDERS = {ReminderOrderField.DUE_AT: ReminderState.due_at}


@strawberry.input(description="How to order reminders.")
class ReminderOrder:
    field: ReminderOrderField = strawberry.field(default=ReminderOrderField.DUE_AT, description="By what.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which way.")


@strawberry.input(description="Which reminders. What is given must all hold.")
class ReminderFilter:
    patient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="To any of these patients. For roles that may see patients."
    )
    appointment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="About any of these appointments."
    )
    rule_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of any of these rules. For roles that may see rules."
    )
    statuses: list[ReminderStatus] | None = strawberry.field(default=None, description="In any of these states.")
    reasons: list[ReminderReason] | None = strawberry.field(
        default=None, description="Not sent for any of these reasons."
    )
    priorities: list[ReminderPriority] | None = strawberry.field(
        default=None, description="Of any of these priorities."
    )
    due_from: datetime | None = strawberry.field(default=None, description="Due at this instant or later.")
    due_before: datetime | None = strawberry.field(default=None, description="Due before this instant.")


_WHICH: dict[str, ColumnElement[bool]] = {
    "patient_ids": among(ReminderState.patient_id, "patient_ids"),
    "appointment_ids": among(ReminderState.appointment_id, "appointment_ids"),
    "rule_ids": among(ReminderState.rule_id, "rule_ids"),
    # What is stored is known by its frequency; what is SENDING can only be told in the queue.
    "statuses": among_words(ReminderState.stored_status, "statuses"),
    "idle": or_(ReminderState.leased_until.is_(None), ReminderState.leased_until < func.now()),
    "sending": or_(
        ReminderState.stored_status != literal_column(f"'{StoredStatus.SCHEDULED}'"),
        ReminderState.leased_until >= func.now(),
    ),
    "reasons": among_words(ReminderState.status_reason, "reasons"),
    "priorities": among_words(ReminderState.priority, "priorities"),
    "due_from": ReminderState.due_at >= bindparam("due_from", type_=ReminderState.due_at.type),
    "due_before": ReminderState.due_at < bindparam("due_before", type_=ReminderState.due_at.type),
}


def listing(
    context: Context, filter: ReminderFilter | None = None, order_by: ReminderOrder | None = None
) -> paging.Listing:
    """Raises Forbidden for a filter by something that the caller may not see: it would tell."""
    filter, order_by = filter or ReminderFilter(), order_by or ReminderOrder()
    order = Order((_ORDERS[order_by.field], ReminderState.id), order_by.direction is Direction.DESC)
    return paging.Listing(order, _which(context, filter), filter)


def _which(context: Context, filter: ReminderFilter) -> Which:
    values: dict[str, object] = {}
    if filter.patient_ids is not None:
        context.principal.require(Permission.PATIENTS_READ)
        values["patient_ids"] = row_ids("Patient", filter.patient_ids)
    if filter.appointment_ids is not None:
        values["appointment_ids"] = row_ids("Appointment", filter.appointment_ids)
    if filter.rule_ids is not None:
        context.principal.require(Permission.ORGANIZATION_READ)
        values["rule_ids"] = row_ids("ReminderRule", filter.rule_ids)
    if filter.statuses is not None:
        values |= _in(filter.statuses)
    for name in ("reasons", "priorities", "due_from", "due_before"):
        if (given := getattr(filter, name)) is not None:
            values[name] = given
    return Which(_WHICH, values)


def _in(statuses: Sequence[ReminderStatus]) -> dict[str, object]:
    stored = {StoredStatus.SCHEDULED if each == SENDING else StoredStatus(each) for each in statuses}
    found: dict[str, object] = {"statuses": sorted(stored)}
    waiting, sending = (each in statuses for each in (ReminderStatus.SCHEDULED, ReminderStatus.SENDING))
    if waiting != sending:
        found["idle" if waiting else "sending"] = True
    return found


@listed(ReminderState, listing)
async def reminders(
    info: Info,
    filter: ReminderFilter | None = None,
    order_by: ReminderOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[ReminderState]:
    """The tenant's reminders, the latest first unless asked otherwise."""
    which = listing(info.context, filter, order_by)
    return await paging.page(info, ReminderState, which, paging.window(info.context, which, first, after, last, before))


@listed(ReminderState, listing, below=ReminderState.patient_id)
@batched("id")
async def reminders_of_patient(
    patients: strawberry.Parent[Sequence[Patient]],
    info: Info,
    filter: ReminderFilter | None = None,
    order_by: ReminderOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[ReminderState]]:
    """The patient's reminders, the latest first unless asked otherwise."""
    which = listing(info.context, filter, order_by)
    window = paging.window(info.context, which, first, after, last, before)
    return await paging.pages_below(info, ReminderState.patient_id, values_of(patients, Patient.id), which, window)


@listed(ReminderState, listing, below=ReminderState.appointment_id)
@batched("id")
async def reminders_of_appointment(
    appointments: strawberry.Parent[Sequence[Appointment]],
    info: Info,
    filter: ReminderFilter | None = None,
    order_by: ReminderOrder | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[ReminderState]]:
    """The appointment's reminders, of all its generations, the latest first unless asked otherwise."""
    which = listing(info.context, filter, order_by)
    window = paging.window(info.context, which, first, after, last, before)
    ids = values_of(appointments, Appointment.id)
    return await paging.pages_below(info, ReminderState.appointment_id, ids, which, window)


@batched("id")
async def attempts(reminders: strawberry.Parent[Sequence[ReminderState]], info: Info) -> list[list[DeliveryAttempt]]:
    """What was tried to deliver it, in order. A number that is missing was never made."""
    loader = info.context.loaders.attempts_of_reminder
    return await loader.load_all(values_of(reminders, ReminderState.id), reads(info))


appointment = to_one(Appointment, ReminderState.appointment_id, "What it is about; null if it is about no appointment.")
rule = to_one(ReminderRule, ReminderState.rule_id, "What it was made by; null for a one-off reminder.")
template = to_one(Template, ReminderState.template_id, "What it says; null where it has a text of its own.")
