from datetime import datetime, time

import strawberry

from auth import Permission
from db.vocabulary import Channel
from resolvers import preferences
from resolvers.reminder_enums import Weekday
from schema.fields import answered_by, column


@strawberry.type(description="Hours of a week in which a patient is not to be disturbed.")
class QuietHours:
    weekday: Weekday = column("The day on which they begin.")
    start: time = column("When they begin, by the patient's clock.")
    end: time = column("When they end: on the next day where that is not after the start.")


@strawberry.type(description="What a patient allows on a channel.")
class ContactPreference:
    channel: Channel = column("Which channel.")
    consented_at: datetime | None = column("When they consented; null if they never did.")
    consent_recorded_by: str | None = column("The `sub` of who recorded that.")
    opted_out_at: datetime | None = column("When they opted out: nothing is sent on it since. Null if they did not.")
    opt_out_recorded_by: str | None = column("The `sub` of who recorded that; null if the patient did it.")
    address: str | None = column(
        "Where to; null if there is none. Mail goes to the patient's `email`.", Permission.REMINDERS_READ
    )
    quiet_hours: list[QuietHours] = answered_by(preferences.quiet_hours, many=7)
