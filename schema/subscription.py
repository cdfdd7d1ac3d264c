import strawberry

from auth import Permission
from resolvers import events, live_stats
from schema.fields import told_by
from schema.live import AppointmentEvent, NoteEvent, ReminderEvent
from schema.statistics import DailyStats


@strawberry.type(
    description=(
        "What happens. Events come once each and in order; after a break, `after` goes on where it was. They come over "
        "WebSocket (graphql-transport-ws), server-sent events (graphql-sse) and multipart (Apollo), at the one address."
    )
)
class Subscription:
    note_events: NoteEvent = told_by(events.note_events, Permission.NOTES_READ)
    appointment_events: AppointmentEvent = told_by(events.appointment_events, Permission.APPOINTMENT_TIMES_READ)
    reminder_events: ReminderEvent = told_by(events.reminder_events, Permission.REMINDER_TIMES_READ)
    daily_stats: DailyStats = told_by(live_stats.daily_stats, Permission.STATISTICS_READ)
