from datetime import datetime, time

import strawberry

from db.vocabulary import Channel, ReminderPriority
from resolvers import reminder_rules
from resolvers.scalars import Duration
from schema.fields import answered_by, column, global_id
from schema.relay import Node, Versioned
from schema.template import Template


@strawberry.type(
    description="When and how patients are reminded of appointments that are BOOKED: each gets a reminder by each active rule."
)
class ReminderRule(Node, Versioned):
    id: strawberry.ID = global_id("ReminderRule")
    name: str = column("What it is called, for the staff.")
    elapsed: Duration | None = answered_by(reminder_rules.elapsed)
    days_before: int | None = answered_by(reminder_rules.days_before)
    at: time | None = answered_by(reminder_rules.at)
    channels: list[Channel] = column("The channels that are tried in turn.")
    template: Template = answered_by(reminder_rules.template)
    priority: ReminderPriority = column("How soon its reminders go where many are due.")
    active: bool = column("Whether it makes reminders.")
    pending_after: datetime | None = column(
        "It has still to be applied to the appointments that start after this; null where it is to all. Takes seconds."
    )
