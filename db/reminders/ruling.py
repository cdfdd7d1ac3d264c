"""What a rule that is new, changed or turned off does to appointments that are booked already.

Whoever books, moves or cancels reads the rules or their reminders, and whoever changes a rule reads the bookings: each would
miss what the other has not committed. So the former hold the tenant's rules as they are until they commit, and a change of a
rule waits for them.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Text, Uuid, bindparam, func, literal_column, select, update

from db import outbox
from db.appointment_tables import Appointment
from db.reminder_tables import Reminder, ReminderRule
from db.reminders.queueing import IDLE, cancelled
from db.reminders.writing import due, write
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Patient
from db.vocabulary import AppointmentStatus, ReminderReason

AT_ONCE = 2_000
"""Appointments that one transaction goes through: bookings wait for it, and it is for all that others have to wait."""


async def read_rules(scope: Scope) -> None:
    """From now on, and until the transaction ends, nobody changes a rule of the tenant."""
    await scope.value(_SHARED, what=_lock(scope))


async def change_rules(scope: Scope) -> None:
    """Waits until nobody books, moves or cancels; until the transaction ends, nobody will."""
    await scope.value(_ALONE, what=_lock(scope))


async def apply(scope: Scope, rule_id: UUID) -> None:
    """For a rule that is new, or has changed: begins with the appointments that start next, and leaves others to `go_on`.

    Their reminders that wait are cancelled, and those of an active rule written anew, for all that is BOOKED and still to
    begin. None whose time is past by now: nobody had asked for it by then. None for what this rule has sent, or is sending, a
    reminder of: there is one for each appointment, rule and generation.
    """
    await scope.run(_BEGIN, rule_id=rule_id)
    await go_on(scope, rule_id)


async def go_on(scope: Scope, rule_id: UUID) -> None:
    """Applies the rule to the next `AT_ONCE` appointments, if it is still to be applied to any. The caller holds all rules."""
    rule = await scope.row(_PENDING, _Pending, rule_id=rule_id)
    if rule is None:
        return
    coming = await scope.rows(_COMING, _Coming, after=rule.pending_after, most=AT_ONCE)
    if await scope.run(
        _WITHDRAW, rule_id=rule_id, appointments=[each.id for each in coming], reason=ReminderReason.RULE_CHANGED
    ):
        outbox.announce(scope)
    if rule.active:
        applied = (due(rule_id, rule.lead_time, each.id, each.starts_at, each.time_zone) for each in coming)
        if ahead := [reminder for reminder in applied if reminder.at > rule.now]:
            await write(scope, ahead)
    await scope.run(_ADVANCE, rule_id=rule_id, to=coming[-1].starts_at if len(coming) >= AT_ONCE else None)


class PendingRule(NamedTuple):
    tenant_id: UUID
    rule_id: UUID


async def pending_rules(scope: Scope) -> list[PendingRule]:
    """Those that are still to be applied to some appointments. The scope is one across tenants."""
    return [PendingRule(*row) for row in await scope.rows(_ALL_PENDING, PendingRule)]


class _Pending:
    lead_time: str
    active: bool
    pending_after: datetime
    now: datetime


class _Coming:
    id: UUID
    starts_at: datetime
    time_zone: str


_RULE = bindparam("rule_id", type_=Uuid())


def _coming() -> Any:
    return (
        select(Appointment.id, Appointment.starts_at, Patient.time_zone)
        .select_from(Appointment)
        .join(Patient, (Patient.tenant_id == TENANT) & (Patient.id == Appointment.patient_id))
        .where(
            Appointment.tenant_id == TENANT,
            # A literal, so that the partial index of what is upcoming serves it.
            Appointment.status == literal_column(f"'{AppointmentStatus.BOOKED}'"),
            Appointment.starts_at > func.now(),
            Appointment.starts_at > bindparam("after", type_=DateTime(timezone=True)),
        )
        .order_by(Appointment.starts_at)
        # With all that start at the same time as the last one: so a time is all that has to be remembered.
        .fetch(bindparam("most", type_=Integer()), with_ties=True)
    )


def _lock(scope: Scope) -> str:
    return f"rules {scope.tenant_id}"


def _key() -> Any:
    return func.hashtextextended(bindparam("what", type_=Text()), 0)


_SHARED = Prepared(select(func.pg_advisory_xact_lock_shared(_key())))
_ALONE = Prepared(select(func.pg_advisory_xact_lock(_key())))
_THIS = (ReminderRule.tenant_id == TENANT, ReminderRule.id == _RULE)
_BEGIN = Prepared(update(ReminderRule).where(*_THIS).values(pending_after=func.now()))
_ADVANCE = Prepared(
    update(ReminderRule).where(*_THIS).values(pending_after=bindparam("to", type_=DateTime(timezone=True)))
)
_PENDING = Prepared(
    select(ReminderRule.lead_time, ReminderRule.active, ReminderRule.pending_after, func.now().label("now")).where(
        *_THIS, ReminderRule.pending_after.is_not(None)
    )
)
_COMING = Prepared(_coming())
_WITHDRAW = Prepared(
    cancelled(
        Reminder.rule_id == _RULE,
        Reminder.appointment_id == func.any(bindparam("appointments", type_=ARRAY(Uuid()))),
        # What is being sent at this moment is left to be sent.
        IDLE,
    )
)
_ALL_PENDING = Prepared(select(*func.pending_rules().table_valued("tenant_id", "rule_id", name="pending").c))
