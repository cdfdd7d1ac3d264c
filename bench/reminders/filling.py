"""Tenants with reminders that are due, and with reminders that are not due for long."""

from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True)
class Load:
    tenants: int
    due: int
    """Reminders due now, of all tenants."""
    future: int = 0
    """Reminders that fall due in the year to come."""


async def fill(admin: asyncpg.Connection, load: Load) -> None:
    """By the set, as a superuser. Each reminder is of an appointment of its own; one in ten has a high, one a low priority."""
    # The references hold by the way the rows are made: nobody has to look.
    await admin.execute("SET session_replication_role = replica")
    for statement in _HOUSES:
        await admin.execute(statement, *([load.tenants] if "$1" in statement else []))
    soon, in_a_year = "now() + interval '1 day'", "now() + interval '2 days' + interval '1 year' * random()"
    for count, starts_at in ((load.due, soon), (load.future, in_a_year)):
        if count:
            await admin.execute(_BOOK.replace("STARTS_AT", starts_at), load.tenants, count)
    await admin.execute("VACUUM ANALYZE")


# PostgreSQL 18 makes UUIDs in their order, as the application does.
_HOUSES = (
    """INSERT INTO tenants (id, slug, name, status, time_zone)
       SELECT uuidv7(), 'tenant-' || n, 'A tenant', 'ACTIVE', 'UTC' FROM generate_series(1, $1) n""",
    """INSERT INTO facilities (tenant_id, id, name, time_zone, status) SELECT id, uuidv7(), 'A facility', 'UTC', 'ACTIVE'
       FROM tenants""",
    """INSERT INTO practitioners (tenant_id, id, subject, name, email, role)
       SELECT id, uuidv7(), 's', 'A nurse', 'n@house.example', 'NURSE' FROM tenants""",
    """INSERT INTO patients (tenant_id, id, facility_id, mrn, name, birth_date, email, time_zone, locale, status)
       SELECT f.tenant_id, uuidv7(), f.id, n, 'A patient', '1950-01-01', 'p' || n || '@house.example', 'Europe/Berlin', 'de',
           'ACTIVE'
       FROM facilities f, generate_series(1, 100) n""",
    """INSERT INTO contact_preferences (tenant_id, patient_id, channel, consented_at)
       SELECT tenant_id, id, 'EMAIL', now() FROM patients""",
    "INSERT INTO templates (tenant_id, id, name, published) SELECT id, uuidv7(), 'a day before', 1 FROM tenants",
    """INSERT INTO template_texts SELECT tenant_id, id, 1, 'EMAIL', 'en', 'Your appointment on {{ starts_at | date }}',
           'Hello {{ patient_name }}, see you at {{ starts_at | time }}. {{ facility_name }}', NULL FROM templates""",
    """INSERT INTO reminder_rules (tenant_id, id, name, lead_time, channels, template_id, priority, active)
       SELECT tenant_id, uuidv7(), 'a day before', 'PT24H', '{EMAIL,PUSH}', id, 'NORMAL', true FROM templates""",
)
_BOOK = """
    WITH people AS (
        SELECT p.tenant_id, p.id AS patient_id, p.facility_id, d.id AS practitioner_id, r.id AS rule_id, r.template_id,
            row_number() OVER (ORDER BY p.mrn, p.tenant_id) AS place
        FROM patients p JOIN practitioners d USING (tenant_id) JOIN reminder_rules r USING (tenant_id)
    ),
    visits AS MATERIALIZED (
        SELECT people.*, n, uuidv7() AS appointment_id, uuidv7() AS reminder_id, STARTS_AT AS starts_at,
            CASE n % 10 WHEN 0 THEN 'HIGH' WHEN 1 THEN 'LOW' ELSE 'NORMAL' END AS priority
        FROM generate_series(0, $2 - 1) n JOIN people ON place = n % ($1 * 100) + 1
    ),
    booked AS (
        INSERT INTO appointments (
            tenant_id, id, patient_id, practitioner_id, facility_id, starts_at, ends_at, time_zone, service_type, exclusive,
            status
        )
        SELECT tenant_id, appointment_id, patient_id, practitioner_id, facility_id, starts_at,
            starts_at + interval '20 minutes', 'Europe/Berlin', 'Check-up', false, 'BOOKED'
        FROM visits
    ),
    written AS (
        INSERT INTO reminders (
            tenant_id, id, patient_id, appointment_id, rule_id, generation, template_id, channels, priority, due_at, not_after,
            status
        )
        SELECT tenant_id, reminder_id, patient_id, appointment_id, rule_id, 1, template_id, '{EMAIL,PUSH}', priority,
            starts_at - interval '24 hours', starts_at, 'SCHEDULED'
        FROM visits ORDER BY n
    )
    INSERT INTO reminder_queue (tenant_id, reminder_id, channel, priority, next_attempt_at)
    SELECT tenant_id, reminder_id, 'EMAIL', priority, starts_at - interval '24 hours' FROM visits ORDER BY n
"""
