from datetime import datetime

import strawberry

from auth import Permission
from db.vocabulary import AttemptOutcome, Channel, ReminderPriority, ReminderReason
from resolvers import patients, reminders
from resolvers.reminder_enums import ReminderStatus
from schema.fields import answered_by, column, global_id
from schema.lazy import LazyAppointment, LazyPatient
from schema.relay import Node, Versioned
from schema.reminder_rule import ReminderRule
from schema.template import Template


@strawberry.type(description="One try to hand a reminder to a provider.")
class DeliveryAttempt:
    channel: Channel = column("By which channel.")
    provider: str = column("By which provider; empty where the process that tried is gone.")
    number: int = column("Counts the reminder's attempts over all channels, from 1.")
    started_at: datetime = column("When it began.")
    finished_at: datetime = column("When it ended.")
    outcome: AttemptOutcome = column("What the provider made of it.")
    provider_message_id: str | None = column("What the provider calls the message.")
    error_code: str | None = column("What went wrong, in the provider's code or a word of ours.")


# What needs more than REMINDER_TIMES_READ can be null, so that a role without it still gets the rest.


@strawberry.type(
    description="A message to a patient: one of a rule, for an appointment and a generation of it, or a one-off."
)
class Reminder(Node, Versioned):
    id: strawberry.ID = global_id("Reminder")
    patient: LazyPatient | None = answered_by(patients.patient, Permission.PATIENTS_READ)
    appointment: LazyAppointment | None = answered_by(reminders.appointment, Permission.APPOINTMENT_TIMES_READ)
    generation: int | None = column("Which generation of the appointment it is about.")
    rule: ReminderRule | None = answered_by(reminders.rule, Permission.ORGANIZATION_READ)
    template: Template | None = answered_by(reminders.template, Permission.ORGANIZATION_READ)
    text: str | None = column("What it says; null where a template says it.", Permission.REMINDERS_READ)
    channels: list[Channel] = column("The channels that are tried in turn.")
    priority: ReminderPriority = column("How soon it goes where many are due.")
    due_at: datetime = column("When it should go out.")
    not_after: datetime = column("After this instant it is not sent any more.")
    status: ReminderStatus = column("Where it is in its life.")
    status_reason: ReminderReason | None = column("Why it was not sent; null if it was, or may still be.")
    channel: Channel | None = column("The channel that it goes by next, or that settled it.")
    attempt_count: int = column("How many attempts were begun.")
    next_attempt_at: datetime | None = column("When it is tried next; null once it is settled.")
    settled_at: datetime | None = column("When it came to the end of its life; null before.")
    attempts: list[DeliveryAttempt] | None = answered_by(reminders.attempts, Permission.REMINDERS_READ, many=5)
