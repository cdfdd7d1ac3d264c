"""The rules that reminders are made by."""

from collections.abc import Sequence
from datetime import time
from typing import NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, insert, select
from uuid_utils.compat import uuid7

from db.due_times import LONGEST, Elapsed, WallClock, parse_offset
from db.keyset import Order, Which
from db.pool import values_of
from db.reminder_tables import ReminderRule, Template
from db.reminders import ruling
from db.reminders.wording import spoken
from db.scope import Scope
from db.vocabulary import Channel, ReminderPriority
from errors import Invalid
from executor import batched
from resolvers import checks, paging
from resolvers.context import Context, Info
from resolvers.mutating import Edit, Mutation, argument, as_is, change, given, identity, not_null, once
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_id
from resolvers.relations import listed, to_one
from resolvers.scalars import Duration
from resolvers.template_choice import check_channels, template_given

_WHICH: dict[str, ColumnElement[bool]] = {}


def listing(_: Context) -> paging.Listing:
    return paging.Listing(Order((ReminderRule.name, ReminderRule.id), descending=False), Which(_WHICH, {}), None)


@listed(ReminderRule, listing)
async def reminder_rules(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Page[ReminderRule]:
    """The tenant's rules, by name."""
    which = listing(info.context)
    return await paging.page(info, ReminderRule, which, paging.window(info.context, which, first, after, last, before))


template = to_one(Template, ReminderRule.template_id, "What its reminders say.")


@batched("lead_time")
def elapsed(rules: strawberry.Parent[Sequence[ReminderRule]]) -> list[Duration | None]:
    """How long before the start its reminders are due, by the stopwatch; null where it goes by the clock."""
    offsets = map(parse_offset, values_of(rules, ReminderRule.lead_time))
    return [Duration(str(each)) if isinstance(each, Elapsed) else None for each in offsets]


@batched("lead_time")
def days_before(rules: strawberry.Parent[Sequence[ReminderRule]]) -> list[int | None]:
    """How many days before that of the start its reminders are due, by the patient's clock; null where it is elapsed time."""
    return [each.days if each else None for each in _wall_clocks(rules)]


@batched("lead_time")
def at(rules: strawberry.Parent[Sequence[ReminderRule]]) -> list[time | None]:
    """At which time of that day, by the patient's clock; null where it is elapsed time."""
    return [each.at if each else None for each in _wall_clocks(rules)]


def _wall_clocks(rules: Sequence[ReminderRule]) -> list[WallClock | None]:
    offsets = map(parse_offset, values_of(rules, ReminderRule.lead_time))
    return [each if isinstance(each, WallClock) else None for each in offsets]


class ReminderRulePayload(NamedTuple):
    reminder_rule: ReminderRule | None


@strawberry.input(description="A new rule. When: `elapsed`, or `daysBefore` and `at`.")
class CreateReminderRuleInput(Mutation):
    name: str = strawberry.field(description="What it is called, for the staff; unique, up to 200 characters.")
    elapsed: Duration | None = strawberry.field(
        default=None, description="How long before the start, by the stopwatch, such as PT2H."
    )
    days_before: int | None = strawberry.field(
        default=None, description="How many days before that of the start, by the patient's clock; 0 is the day itself."
    )
    at: time | None = strawberry.field(
        default=None, description="At which time of that day, by the patient's clock, such as 18:00."
    )
    channels: list[Channel] = strawberry.field(
        description="The channels that are tried in turn, each once. The template says something on each."
    )
    template_id: strawberry.ID = strawberry.field(description="What its reminders say.")
    priority: ReminderPriority = strawberry.field(
        default=ReminderPriority.NORMAL, description="How soon they go where many are due."
    )
    active: bool = strawberry.field(default=True, description="Whether it makes reminders.")


async def create_reminder_rule(info: Info, input: CreateReminderRuleInput) -> ReminderRulePayload:
    """Makes a rule: from now on each appointment that is booked gets a reminder by it.

    Those that are booked already, and still to begin, get one, too, unless its time has passed by now: the next 2,000 of them
    at once, the others soon (`pendingAfter`). `CONFLICT` where the name is taken.
    """
    rule_id = uuid7()
    values = {
        "tenant_id": info.context.tenant_id,
        "id": rule_id,
        "name": checks.line(input.name, argument("name")),
        "lead_time": _lead_time(input.elapsed, input.days_before, input.at),
        "channels": checks.channels(input.channels, argument("channels")),
        "priority": input.priority,
        "active": input.active,
    }

    async def work(scope: Scope) -> None:
        await ruling.change_rules(scope)
        said = await template_given(scope, input.template_id)
        check_channels(said, input.channels)
        await scope.run(insert(ReminderRule).values(**values, template_id=said.template_id))
        await ruling.apply(scope, rule_id)

    return await _payload(info, await once(info, input, rule_id, work))


@strawberry.input(
    description="Changes to a rule. What is not given stays; another time is `elapsed`, or `daysBefore` and `at`."
)
class UpdateReminderRuleInput(Edit):
    name: strawberry.Maybe[str | None] = strawberry.field(description="What it is called.", default=None)
    elapsed: Duration | None = strawberry.field(
        default=None, description="How long before the start, by the stopwatch."
    )
    days_before: int | None = strawberry.field(default=None, description="How many days before that of the start.")
    at: time | None = strawberry.field(default=None, description="At which time of that day, by the patient's clock.")
    channels: strawberry.Maybe[list[Channel] | None] = strawberry.field(
        description="The channels that are tried in turn, each once.", default=None
    )
    template_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="What its reminders say.", default=None
    )
    priority: strawberry.Maybe[ReminderPriority | None] = strawberry.field(
        description="How soon they go where many are due.", default=None
    )
    active: strawberry.Maybe[bool | None] = strawberry.field(description="Whether it makes reminders.", default=None)


async def update_reminder_rule(info: Info, input: UpdateReminderRuleInput) -> ReminderRulePayload:
    """Changes a rule, and with it the reminders that wait by it for appointments still to begin.

    They are due by the new rule; where that time has passed by now, or the rule is turned off, they are CANCELLED for
    `RULE_CHANGED`: those of the next 2,000 appointments at once, the others soon (`pendingAfter`). Turned on again, it reminds
    as a new one does. What is being sent at this moment goes out, and what was sent is not sent again. `CONFLICT` where the
    name is taken.
    """
    rule_id = row_id("ReminderRule", input.id, argument("id"))
    values = given(input, name=checks.line, channels=checks.channels, priority=as_is, active=as_is)
    if any(each is not None for each in (input.elapsed, input.days_before, input.at)):
        values["lead_time"] = _lead_time(input.elapsed, input.days_before, input.at)
    template_id = None if input.template_id is None else not_null(input.template_id, "template_id")

    async def work(scope: Scope) -> None:
        await ruling.change_rules(scope)
        if template_id is not None:
            values["template_id"] = (await template_given(scope, template_id)).template_id
        await change(scope, ReminderRule, input, values)
        if values.keys() & {"channels", "template_id"}:
            await _check_words(scope, rule_id)
        if values.keys() - {"name"}:
            await ruling.apply(scope, rule_id)

    return await _payload(info, await once(info, input, rule_id, work))


def _lead_time(elapsed: Duration | None, days_before: int | None, at: time | None) -> str:
    """Raises Invalid unless it is one of both."""
    if elapsed is not None:
        if days_before is not None or at is not None:
            raise Invalid("Give `elapsed`, or `daysBefore` and `at`, not both.", argument("elapsed"))
        return elapsed
    if days_before is None or at is None:
        missing = "at" if at is None and days_before is not None else "days_before" if at is not None else "elapsed"
        raise Invalid("Give `elapsed`, or `daysBefore` and `at`.", argument(missing))
    if not 0 <= days_before <= LONGEST.days:
        raise Invalid(f"`daysBefore` is a number from 0 to {LONGEST.days}.", argument("days_before"))
    return str(WallClock(days_before, at))


async def _check_words(scope: Scope, rule_id: UUID) -> None:
    """Raises Invalid where the rule has a channel by now that its template says nothing on."""
    rule = await scope.row(select(ReminderRule.__table__).where(*identity(scope, ReminderRule, rule_id)), ReminderRule)
    said = await spoken(scope, rule.template_id) if rule else None
    if rule and said:
        check_channels(said, [Channel(each) for each in rule.channels])


async def _payload(info: Info, rule_id: UUID) -> ReminderRulePayload:
    return ReminderRulePayload(await info.context.loaders.by_id(ReminderRule).load(rule_id))
