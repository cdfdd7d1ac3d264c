"""What a rule that is new, changed or turned off does to appointments that are booked already.

Whoever books, moves or cancels reads the rules or their reminders, and whoever changes a rule reads the bookings: each would
miss what the other has not committed. So the former hold the tenant's rules as they are until they commit, and a change of a
rule waits for them.
"""

from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, literal_column, select

from db import outbox
from db.appointment_tables import Appointment
from db.reminder_tables import Reminder, ReminderRule
from db.reminders.queueing import IDLE, cancelled
from db.reminders.writing import due, write
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Patient
from db.vocabulary import AppointmentStatus, ReminderReason

_AT_ONCE = 1_000
"""Reminders that one statement writes."""


async def read_rules(scope: Scope) -> None:
    """From now on, and until the transaction ends, nobody changes a rule of the tenant."""
    await scope.value(_SHARED, what=_lock(scope))


async def change_rules(scope: Scope) -> None:
    """Waits until nobody books, moves or cancels; until the transaction ends, nobody will."""
    await scope.value(_ALONE, what=_lock(scope))


async def withdraw(scope: Scope, rule_id: UUID) -> None:
    """Cancels the rule's reminders that wait. What is being sent at this moment is left to be sent."""
    if await scope.run(_WITHDRAW, rule_id=rule_id, reason=ReminderReason.RULE_CHANGED):
        outbox.announce(scope)


async def apply(scope: Scope, rule_id: UUID) -> None:
    """Writes the rule's reminders for all that is BOOKED and still to begin, if it is active.

    None whose time is past by now: nobody had asked for it by then. None for what this rule has sent, or is sending, a
    reminder of: there is one for each appointment, rule and generation.
    """
    coming = await scope.rows(_COMING, _Coming, rule_id=rule_id)
    applied = ((due(rule_id, each.lead_time, each.id, each.starts_at, each.time_zone), each.now) for each in coming)
    ahead = (reminder for reminder, now in applied if reminder.at > now)
    while some := list(islice(ahead, _AT_ONCE)):
        await write(scope, some)


class _Coming:
    id: UUID
    starts_at: datetime
    time_zone: str
    lead_time: str
    now: datetime


_RULE = bindparam("rule_id", type_=Uuid())


def _coming() -> Any:
    return (
        select(
            Appointment.id,
            Appointment.starts_at,
            Patient.time_zone,
            ReminderRule.lead_time,
            func.now().label("now"),
        )
        .select_from(Appointment)
        .join(Patient, (Patient.tenant_id == TENANT) & (Patient.id == Appointment.patient_id))
        .join(ReminderRule, (ReminderRule.tenant_id == TENANT) & (ReminderRule.id == _RULE) & ReminderRule.active)
        .where(
            Appointment.tenant_id == TENANT,
            # A literal, so that the partial index of what is upcoming serves it.
            Appointment.status == literal_column(f"'{AppointmentStatus.BOOKED}'"),
            Appointment.starts_at > func.now(),
        )
    )


def _lock(scope: Scope) -> str:
    return f"rules {scope.tenant_id}"


def _key() -> Any:
    return func.hashtextextended(bindparam("what", type_=Text()), 0)


_SHARED = Prepared(select(func.pg_advisory_xact_lock_shared(_key())))
_ALONE = Prepared(select(func.pg_advisory_xact_lock(_key())))
_WITHDRAW = Prepared(cancelled(Reminder.rule_id == _RULE, IDLE))
_COMING = Prepared(_coming())
