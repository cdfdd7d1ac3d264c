"""The reminders of rules: one statement for some appointments and rules, wherever either came from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, Uuid, bindparam, case, func, null, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from db import outbox
from db.appointment_tables import Appointment
from db.due_times import due_at, parse_offset
from db.reminder_tables import Reminder, ReminderRule
from db.reminders.queueing import WRITTEN, enqueued
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.vocabulary import ReminderReason, ReminderStatus


class Due(NamedTuple):
    """A rule, an appointment that it applies to, and when its reminder is due."""

    rule_id: UUID
    appointment_id: UUID
    at: datetime


def due(rule_id: UUID, lead_time: str, appointment_id: UUID, starts_at: datetime, time_zone: str) -> Due:
    return Due(rule_id, appointment_id, due_at(parse_offset(lead_time), starts_at, ZoneInfo(time_zone)))


async def write(scope: Scope, reminders: Sequence[Due]) -> None:
    """For the appointments' generation of now. One that is there already stays as it is, unless a change of its rule took it
    away: then it is back. One that was due before it could be written is SKIPPED at once: it is never sent late.
    """
    rule_ids, appointment_ids, times = zip(*reminders, strict=True)
    await scope.run(
        _WRITE,
        reminder_ids=[uuid7() for _ in reminders],
        rule_ids=rule_ids,
        appointment_ids=appointment_ids,
        due_at=times,
    )
    outbox.announce(scope)


_COLUMNS = [
    *("tenant_id", "id", "patient_id", "appointment_id", "rule_id", "generation", "template_id", "channels"),
    *("priority", "due_at", "not_after", "status", "status_reason", "settled_at"),
]
_REWRITTEN = ("template_id", "channels", "priority", "due_at", "not_after", "status", "status_reason", "settled_at")


def _write() -> Any:
    due = (
        func.unnest(
            bindparam("reminder_ids", type_=ARRAY(Uuid())),
            bindparam("rule_ids", type_=ARRAY(Uuid())),
            bindparam("appointment_ids", type_=ARRAY(Uuid())),
            bindparam("due_at", type_=ARRAY(DateTime(timezone=True))),
        )
        .table_valued("id", "rule_id", "appointment_id", "due_at", name="due")
        .render_derived()
    )
    in_time = due.c.due_at > func.now()
    rows = (
        select(
            TENANT,
            due.c.id,
            Appointment.patient_id,
            Appointment.id,
            due.c.rule_id,
            Appointment.generation,
            ReminderRule.template_id,
            ReminderRule.channels,
            ReminderRule.priority,
            due.c.due_at,
            Appointment.starts_at,
            case((in_time, ReminderStatus.SCHEDULED), else_=ReminderStatus.SKIPPED),
            case((in_time, null()), else_=ReminderReason.DUE_BEFORE_BOOKING),
            case((in_time, null()), else_=func.now()),
        )
        .select_from(due)
        .join(Appointment, (Appointment.tenant_id == TENANT) & (Appointment.id == due.c.appointment_id))
        .join(ReminderRule, (ReminderRule.tenant_id == TENANT) & (ReminderRule.id == due.c.rule_id))
    )
    offered = insert(Reminder).from_select(_COLUMNS, rows)
    new = offered.excluded
    written = (
        offered.on_conflict_do_update(
            index_elements=["tenant_id", "appointment_id", "rule_id", "generation"],
            set_={
                **{name: new[name] for name in _REWRITTEN},
                "updated_at": new.updated_at,
                "version": Reminder.version + 1,
            },
            where=Reminder.status_reason == ReminderReason.RULE_CHANGED,
        )
        .returning(*WRITTEN)
        .cte("written")
    )
    return enqueued(written)


_WRITE = Prepared(_write())
