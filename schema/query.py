import strawberry

from auth import Permission, Role
from resolvers import (
    appointments,
    daily,
    events,
    facilities,
    nodes,
    note_stats,
    notes,
    patients,
    performance,
    practitioners,
    reminder_rules,
    reminders,
    template_preview,
    templates,
    tenants,
)
from resolvers.scalars import Cursor
from schema.appointment import Appointment
from schema.facility import Facility
from schema.fields import answered_by, column
from schema.note import Note
from schema.patient import Patient
from schema.practitioner import Practitioner
from schema.relay import Connection, Node
from schema.reminder import Reminder
from schema.reminder_rule import ReminderRule
from schema.statistics import DailyStats, Measurement, NoteStats
from schema.template import Template, TemplatePreview
from schema.tenant import Tenant


@strawberry.type(description="Who a credential says you are.")
class Viewer:
    role: Role = column("What you may do.")
    subject: str = column(
        "The `sub` of your token; of an API key, the practitioner it writes as, or `api-key:` and its id."
    )
    tenant: Tenant | None = answered_by(tenants.own_tenant, Permission.ORGANIZATION_READ, Permission.TENANTS_WRITE)
    practitioner: Practitioner | None = answered_by(
        practitioners.own_practitioner, Permission.ORGANIZATION_READ, Permission.TENANTS_WRITE
    )


@strawberry.type(description="Everything that can be read.")
class Query:
    viewer: Viewer = answered_by(nodes.viewer)
    node: Node | None = answered_by(nodes.node)
    nodes: list[Node | None] = answered_by(nodes.nodes, many=nodes.LIMIT)
    tenants: Connection[Tenant] | None = answered_by(tenants.tenants, Permission.TENANTS_WRITE)
    facilities: Connection[Facility] | None = answered_by(facilities.facilities, Permission.FACILITIES_READ)
    practitioners: Connection[Practitioner] | None = answered_by(
        practitioners.practitioners, Permission.ORGANIZATION_READ
    )
    patients: Connection[Patient] | None = answered_by(patients.patients, Permission.PATIENTS_READ)
    notes: Connection[Note] | None = answered_by(notes.notes, Permission.NOTES_READ)
    appointments: Connection[Appointment] | None = answered_by(
        appointments.appointments, Permission.APPOINTMENT_TIMES_READ
    )
    reminders: Connection[Reminder] | None = answered_by(reminders.reminders, Permission.REMINDER_TIMES_READ)
    reminder_rules: Connection[ReminderRule] | None = answered_by(
        reminder_rules.reminder_rules, Permission.ORGANIZATION_READ
    )
    templates: Connection[Template] | None = answered_by(templates.templates, Permission.ORGANIZATION_READ)
    template_preview: TemplatePreview | None = answered_by(
        template_preview.template_preview, Permission.ORGANIZATION_READ
    )
    daily_stats: DailyStats | None = answered_by(daily.daily_stats, Permission.STATISTICS_READ, weighs=10)
    daily_stats_range: list[DailyStats] | None = answered_by(
        daily.daily_stats_range, Permission.STATISTICS_READ, weighs=10, many=100, length=daily.periods
    )
    note_stats: Connection[NoteStats] | None = answered_by(note_stats.note_stats, Permission.STATISTICS_READ, weighs=50)
    event_cursor: Cursor | None = answered_by(events.event_cursor, Permission.NOTES_READ)
    performance_test: list[Measurement] | None = answered_by(
        performance.performance_test, Permission.ORGANIZATION_WRITE, weighs=1_000, many=5
    )
