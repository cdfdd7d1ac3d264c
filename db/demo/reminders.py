"""Two rules of each organisation, what its patients allow, and the reminders of the appointments to come.

Nobody has sent any yet: what fell due in the days before goes out when the first dispatcher looks.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from db.demo.organisations import Organisation
from db.demo.plan import Plan
from db.demo.rows import (
    AppointmentRow,
    ContactPreferenceRow,
    QueuedReminderRow,
    ReminderRow,
    ReminderRuleRow,
    TemplateRow,
    TemplateTextRow,
)
from db.demo.uuids import uuid7_at
from db.due_times import due_at, parse_offset
from db.vocabulary import AppointmentStatus, Channel, ReminderPriority, ReminderReason, ReminderStatus

_CONSENTS = 0.9
_OPTED_OUT = 0.05
_WITH_QUIET_HOURS = 0.2
_AT_NIGHT = orjson.dumps([[weekday, "22:00", "07:00"] for weekday in range(1, 8)]).decode()

_RULES = {"Three days before": "P3D@09:00", "Two hours before": "PT2H"}
_WORDS = {
    "en": (
        "Your appointment on {{ starts_at | date }}",
        """Hello {{ patient_name }},

this is to remind you of your appointment at {{ facility_name }}:
{{ starts_at | date }}, {{ starts_at | time }}, with {{ practitioner_name }}.

If you cannot come, please tell us.

{{ tenant_name }}
""",
        """<p>Hello {{ patient_name }},</p>
<p>this is to remind you of your appointment at {{ facility_name }}:<br>
<strong>{{ starts_at | date }}, {{ starts_at | time }}</strong>, with {{ practitioner_name }}.</p>
<p>If you cannot come, please tell us.</p>
<p>{{ tenant_name }}</p>
""",
    ),
    "de": (
        "Ihr Termin am {{ starts_at | date }}",
        """Guten Tag {{ patient_name }},

wir erinnern Sie an Ihren Termin bei {{ facility_name }}:
{{ starts_at | date }}, {{ starts_at | time }}, mit {{ practitioner_name }}.

Wenn Sie nicht kommen können, sagen Sie es uns bitte.

{{ tenant_name }}
""",
        """<p>Guten Tag {{ patient_name }},</p>
<p>wir erinnern Sie an Ihren Termin bei {{ facility_name }}:<br>
<strong>{{ starts_at | date }}, {{ starts_at | time }}</strong>, mit {{ practitioner_name }}.</p>
<p>Wenn Sie nicht kommen können, sagen Sie es uns bitte.</p>
<p>{{ tenant_name }}</p>
""",
    ),
}


class Reminding(NamedTuple):
    """The rows of an organisation."""

    templates: list[TemplateRow]
    texts: list[TemplateTextRow]
    rules: list[ReminderRuleRow]
    preferences: list[ContactPreferenceRow]
    reminders: list[ReminderRow]

    def queue(self) -> Iterator[QueuedReminderRow]:
        """The places of those that are to be sent."""
        for row in self.reminders:
            if row.status is ReminderStatus.SCHEDULED:
                yield QueuedReminderRow(row.tenant_id, row.id, row.channels[0], row.priority, row.due_at)


def reminding(plan: Plan, organisation: Organisation, appointments: Iterable[AppointmentRow]) -> Reminding:
    """From a stream of chance of their own. The patients must have been made by then."""
    chance = plan.chance(f"reminders/{organisation.row.slug}")
    tenant_id, since = organisation.row.id, organisation.row.created_at
    template = TemplateRow(tenant_id, uuid7_at(since, chance), "Appointment", 1, since, since)
    rules = [
        ReminderRuleRow(
            *(tenant_id, uuid7_at(since, chance), name, lead_time, [Channel.EMAIL.value], template.id),
            *(ReminderPriority.NORMAL, True, since, since),
        )
        for name, lead_time in _RULES.items()
    ]
    texts = [TemplateTextRow(tenant_id, template.id, 1, Channel.EMAIL, *each, since) for each in _texts()]
    preferences = [
        ContactPreferenceRow(
            *(tenant_id, resident.id, Channel.EMAIL, resident.admitted_at),
            resident.left_at if chance.random() < _OPTED_OUT else None,
            _AT_NIGHT if chance.random() < _WITH_QUIET_HOURS else "[]",
        )
        for site in organisation.sites
        for resident in site.residents
        if resident.has_email and chance.random() < _CONSENTS
    ]
    zones = {site.row.id: site.zone for site in organisation.sites}
    ahead = [row for row in appointments if row.status is AppointmentStatus.BOOKED and row.starts_at > plan.until]
    reminders = [
        _reminder(appointment, rule, zones[appointment.facility_id], uuid7_at(appointment.updated_at, chance))
        for appointment in ahead
        for rule in rules
    ]
    return Reminding([template], texts, rules, preferences, reminders)


def _texts() -> Iterator[tuple[str, str, str, str]]:
    for locale, words in _WORDS.items():
        yield (locale, *words)


def _reminder(appointment: AppointmentRow, rule: ReminderRuleRow, zone: ZoneInfo, reminder_id: UUID) -> ReminderRow:
    booked = appointment.updated_at
    due = due_at(parse_offset(rule.lead_time), appointment.starts_at, zone)
    in_time = due > booked
    return ReminderRow(
        *(appointment.tenant_id, reminder_id, appointment.patient_id, appointment.id, rule.id, appointment.generation),
        *(rule.template_id, rule.channels, rule.priority, due, appointment.starts_at),
        ReminderStatus.SCHEDULED if in_time else ReminderStatus.SKIPPED,
        None if in_time else ReminderReason.DUE_BEFORE_BOOKING,
        None if in_time else booked,
        *(booked, booked),
    )
