"""Cancelling, snoozing and replaying reminders. What a dispatcher is sending at this moment is left to it: CONFLICT."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute
from uuid_utils.compat import uuid7

from db.reminder_states import ReminderState
from db.reminder_tables import Reminder, ReminderRule
from db.reminders import intervening
from db.reminders.intervening import Held
from db.scope import Scope
from db.tables import Entity, Patient
from db.vocabulary import ReminderReason, ReminderStatus
from errors import Conflict, Invalid, NotFound
from resolvers.checks import Path
from resolvers.context import Info
from resolvers.mutating import Edit, Mutation, argument, once, refuse_stale
from resolvers.references import in_words, row_id

MOST_REPLAYED = 10_000
"""At once: each is a row or two to write."""


class ReminderPayload(NamedTuple):
    reminder: ReminderState | None


@strawberry.input(description="Which reminder is not to be sent.")
class CancelReminderInput(Edit):
    pass


async def cancel_reminder(info: Info, input: CancelReminderInput) -> ReminderPayload:
    """Cancels a reminder that is SCHEDULED.

    `CONFLICT` where it is being sent at this moment (`REMINDER_SENDING`: try again in some seconds), and where it has come to
    the end of its life (`REMINDER_STATUS`).
    """
    reminder_id = row_id("Reminder", input.id, argument("id"))

    async def work(scope: Scope) -> None:
        await _held(scope, reminder_id, input)
        await intervening.cancel_one(scope, reminder_id)

    return await payload(info, await once(info, input, reminder_id, work))


@strawberry.input(description="Which reminder is to wait, and until when.")
class SnoozeReminderInput(Edit):
    until: datetime = strawberry.field(
        description="When it is due instead: in the future, and not after its `notAfter`. Quiet hours still count."
    )


async def snooze_reminder(info: Info, input: SnoozeReminderInput) -> ReminderPayload:
    """Gives a reminder that is SCHEDULED another time. `CONFLICT` as for `cancelReminder`."""
    reminder_id = row_id("Reminder", input.id, argument("id"))
    if input.until <= datetime.now(UTC):
        raise Invalid("`until` is in the future.", argument("until"))

    async def work(scope: Scope) -> None:
        held = await _held(scope, reminder_id, input)
        if input.until > held.not_after:
            raise Invalid("That is after its `notAfter`: it would not be sent any more.", argument("until"))
        await intervening.snooze(scope, reminder_id, input.until)

    return await payload(info, await once(info, input, reminder_id, work))


async def _held(scope: Scope, reminder_id: UUID, input: Edit) -> Held:
    """One that is SCHEDULED and that no dispatcher can claim until the transaction ends. Raises NotFound and Conflict."""
    held = await intervening.hold(scope, reminder_id)
    if held is None:
        raise NotFound("reminder", argument("id"))
    if held.sending:
        raise Conflict("This reminder is being sent at this moment; try again in some seconds.", "REMINDER_SENDING")
    if held.status != ReminderStatus.SCHEDULED:
        raise Conflict(
            f"This reminder is {held.status}: only one that is SCHEDULED can be changed.",
            reason="REMINDER_STATUS",
            status=held.status,
        )
    refuse_stale(input.expected_version, held.version)
    return held


@strawberry.input(description="Which of the DEAD reminders are to be sent anew. What is given must all hold.")
class ReplayRemindersInput(Mutation):
    reminder_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Any of these.")
    patient_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="To any of these patients.")
    rule_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these rules.")
    reasons: list[ReminderReason] | None = strawberry.field(
        default=None, description="Dead for any of these reasons: REJECTED, BOUNCED or ATTEMPTS_EXHAUSTED."
    )
    due_from: datetime | None = strawberry.field(default=None, description="Due at this instant or later.")
    due_before: datetime | None = strawberry.field(default=None, description="Due before this instant.")
    expected_count: int | None = strawberry.field(
        default=None,
        description="How many they are, as an earlier answer said. Not given, none is replayed: the answer says how many.",
    )


@dataclass(frozen=True, slots=True)
class ReplayPayload:
    count: int
    replayed: bool


async def replay_reminders(info: Info, input: ReplayRemindersInput) -> ReplayPayload:
    """Sends dead reminders anew, from their first channel and with all attempts before them; but counts them first.

    Only those that could still be sent: not after their `notAfter`, not of an appointment that was moved or will not take
    place, not of a rule that is turned off. Ask without `expectedCount`, then with the count: `CONFLICT` where it is another by
    then. Up to 10,000 at once.
    """
    count = 0

    async def work(scope: Scope) -> None:
        nonlocal count
        found = await intervening.dead(scope, await _which(scope, input), MOST_REPLAYED + 1)
        count = len(found)
        if count > MOST_REPLAYED:
            raise Invalid(f"These are more than {MOST_REPLAYED:,}: ask for less at once.", ["input"])
        if input.expected_count is None:
            return
        if input.expected_count != count:
            raise Conflict(
                f"By now they are {count}, not {input.expected_count}. Look again.",
                reason="COUNT_CHANGED",
                expected=input.expected_count,
                actual=count,
            )
        if found:
            await intervening.replay(scope, found)

    if input.expected_count is None:
        async with info.context.write() as scope:
            await work(scope)
        return ReplayPayload(count, False)
    # One that is repeated under its key did the same before: as many as were expected.
    await once(info, input, uuid7(), work)
    return ReplayPayload(input.expected_count, True)


_IDS: dict[str, tuple[type[Entity], InstrumentedAttribute[Any]]] = {
    "reminder_ids": (Reminder, Reminder.id),
    "patient_ids": (Patient, Reminder.patient_id),
    "rule_ids": (ReminderRule, Reminder.rule_id),
}


async def _which(scope: Scope, input: ReplayRemindersInput) -> list[ColumnElement[bool]]:
    """Raises NotFound for an id of nothing."""
    which: list[ColumnElement[bool]] = []
    for name, (model, column) in _IDS.items():
        if (given := getattr(input, name)) is not None:
            which.append(column.in_(await _existing(scope, model, given, argument(name))))
    if input.reasons is not None:
        which.append(Reminder.status_reason.in_(input.reasons))
    if input.due_from is not None:
        which.append(Reminder.due_at >= input.due_from)
    if input.due_before is not None:
        which.append(Reminder.due_at < input.due_before)
    return which


async def _existing(scope: Scope, model: type[Entity], given: Sequence[str], at: Path) -> list[UUID]:
    wanted = [row_id(model.__name__, each, [*at, n]) for n, each in enumerate(given)]
    rows = await scope.rows(select(model.id).where(model.tenant_id == scope.tenant_id, model.id.in_(wanted)), model)
    found = {row.id for row in rows}
    for n, each in enumerate(wanted):
        if each not in found:
            raise NotFound(in_words(model.__name__), [*at, n])
    return wanted


async def payload(info: Info, reminder_id: UUID) -> ReminderPayload:
    return ReminderPayload(await info.context.loaders.by_id(ReminderState).load(reminder_id))
