"""The vocabularies of reminders as GraphQL enums."""

from enum import StrEnum

from db import vocabulary as words
from resolvers.enums import documented


class ReminderStatus(StrEnum):
    """As clients see it: what is stored, and SENDING."""

    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    DEAD = "DEAD"


class ReminderOrderField(StrEnum):
    DUE_AT = "DUE_AT"


class Weekday(StrEnum):
    """In the order of ISO 8601, from 1."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


documented(
    words.Channel,
    "A way to a patient.",
    EMAIL="Mail to the patient's email address.",
    PUSH="A notification on a device.",
    WEBHOOK="A signed request to a web server (Standard Webhooks).",
    CONSOLE="A line on the server's console, in development.",
)
documented(
    words.ReminderPriority,
    "Which reminders go first where many are due.",
    HIGH="Before all others.",
    NORMAL="In turn.",
    LOW="After the others; but a tenth of what is sent is kept for these.",
)
documented(
    ReminderStatus,
    "Where a reminder is in its life.",
    SCHEDULED="Waits for its time, or for its next attempt.",
    SENDING="Is being sent at this moment.",
    SENT="A provider has taken it.",
    DELIVERED="The provider says that it has arrived.",
    SKIPPED="Was not sent, and should not be: `statusReason` says why.",
    CANCELLED="Was taken back: `statusReason` says why.",
    EXPIRED="Could not be sent before its `notAfter`.",
    DEAD="No channel took it. `replayReminders` sends it anew.",
)
documented(
    words.ReminderReason,
    "Why a reminder was not sent.",
    DUE_BEFORE_BOOKING="The appointment was booked later than the rule would have reminded.",
    APPOINTMENT_CANCELLED="The appointment will not take place.",
    APPOINTMENT_MOVED="The appointment has another time by now; it has a reminder of its own.",
    APPOINTMENT_OVER="The appointment has begun, or nobody came.",
    RULE_CHANGED="Its rule was changed or turned off.",
    CANCELLED_BY_STAFF="Somebody cancelled it.",
    NO_CONSENT="The patient has not consented on the last of its channels, has opted out, or is no longer in care.",
    NO_ADDRESS="The patient has no address on the last of its channels.",
    QUIET_HOURS="The patient's quiet hours go on until after its `notAfter`.",
    TOO_LATE="Its `notAfter` had passed.",
    REJECTED="The last of its channels rejected it.",
    BOUNCED="The last of its channels took it, and told later that it did not arrive.",
    ATTEMPTS_EXHAUSTED="All attempts on its channels failed.",
)
documented(
    words.AttemptOutcome,
    "What a provider made of an attempt.",
    ACCEPTED="It took the message.",
    REJECTED="It will not take the message, however often it is asked.",
    FAILED="It did not take the message, and may later.",
    UNKNOWN="It did not answer in time: the message may have gone out. It is repeated under the same key.",
)
documented(ReminderOrderField, "What a list of reminders is ordered by.", DUE_AT="When they are due.")
documented(
    words.TemplateContext,
    "What a template may speak of.",
    APPOINTMENT="The patient and the appointment: for rules, and for one-off reminders of an appointment.",
    PATIENT="The patient alone: for any reminder.",
)
documented(
    Weekday,
    "A day of the week.",
    **{day.name: f"{day.capitalize()}." for day in Weekday},
)
