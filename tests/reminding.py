"""Reminders for tests, written as the owner: rules, preferences, and reminders that are due."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from tests.factories import House

SOON = timedelta(days=2)


async def template(house: House) -> UUID:
    template_id = uuid7()
    await house.pool.execute(
        "INSERT INTO templates (tenant_id, id, name, published) VALUES ($1, $2, $3, 1)",
        *(house.tenant, template_id, f"template {template_id}"),
    )
    for channel in ("EMAIL", "CONSOLE"):
        await house.pool.execute(
            "INSERT INTO template_texts VALUES ($1, $2, 1, $3, 'en', 'Your appointment', 'See you, {{ patient_name }}.')",
            *(house.tenant, template_id, channel),
        )
    return template_id


async def rule(
    house: House, lead_time: str = "PT24H", channels: Sequence[str] = ("EMAIL",), active: bool = True
) -> UUID:
    rule_id = uuid7()
    await house.pool.execute(
        """INSERT INTO reminder_rules (tenant_id, id, name, lead_time, channels, template_id, priority, active)
           VALUES ($1, $2, $3, $4, $5, $6, 'NORMAL', $7)""",
        *(house.tenant, rule_id, f"rule {rule_id}", lead_time, channels, await template(house), active),
    )
    return rule_id


async def consent(house: House, patient: UUID, channel: str = "EMAIL", quiet_hours: str = "[]") -> None:
    await house.pool.execute(
        """INSERT INTO contact_preferences (tenant_id, patient_id, channel, consented_at, address, quiet_hours)
           VALUES ($1, $2, $3, now(), 'somebody@house.example', $4)""",
        *(house.tenant, patient, channel, quiet_hours),
    )


async def due(
    house: House,
    count: int = 1,
    channels: Sequence[str] = ("EMAIL",),
    priority: str = "NORMAL",
    not_after: timedelta = SOON,
    consented: bool = True,
) -> list[UUID]:
    """One-off reminders that have been due for a minute, to a patient of their own who consented to each channel."""
    patient = await house.patient()
    for channel in channels if consented else ():
        await consent(house, patient, channel)
    now, template_id, made = datetime.now(UTC), await template(house), [uuid7() for _ in range(count)]
    await house.pool.execute(
        """WITH written AS (
               INSERT INTO reminders
                   (tenant_id, id, patient_id, template_id, channels, priority, due_at, not_after, status)
               SELECT $1, id, $3, $4, $5, $6, $7, $8, 'SCHEDULED' FROM unnest($2::uuid[]) AS id
           )
           INSERT INTO reminder_queue (tenant_id, reminder_id, channel, priority, next_attempt_at)
           SELECT $1, id, $5[1], $6, $7 FROM unnest($2::uuid[]) AS id""",
        *(house.tenant, made, patient, template_id, channels, priority, now - timedelta(minutes=1), now + not_after),
    )
    return made


async def of_appointment(house: House, appointment: UUID, rule_id: UUID) -> UUID:
    """The rule's reminder of the appointment, due tomorrow, as booking would have written it."""
    reminder = uuid7()
    await house.pool.execute(
        """WITH written AS (
               INSERT INTO reminders (tenant_id, id, patient_id, appointment_id, rule_id, generation, template_id, channels,
                   priority, due_at, not_after, status)
               SELECT a.tenant_id, $4, a.patient_id, a.id, r.id, a.generation, r.template_id, r.channels, r.priority,
                   now() + interval '1 day', now() + interval '2 days', 'SCHEDULED'
               FROM appointments a JOIN reminder_rules r ON r.tenant_id = a.tenant_id AND r.id = $3
               WHERE a.tenant_id = $1 AND a.id = $2
               RETURNING *
           )
           INSERT INTO reminder_queue (tenant_id, reminder_id, channel, priority, next_attempt_at)
           SELECT tenant_id, id, channels[1], priority, due_at FROM written""",
        *(house.tenant, appointment, rule_id, reminder),
    )
    return reminder


async def sent(
    house: House, count: int = 1, channels: Sequence[str] = ("EMAIL",), not_after: timedelta = SOON
) -> list[UUID]:
    """As `due` makes them, accepted by the first channel's provider at the first attempt."""
    made = await due(house, count, channels, not_after=not_after)
    await house.pool.execute(
        "DELETE FROM reminder_queue WHERE tenant_id = $1 AND reminder_id = ANY($2)", house.tenant, made
    )
    await house.pool.execute(
        """UPDATE reminders SET status = 'SENT', channel = channels[1], attempt_count = 1, settled_at = now()
           WHERE tenant_id = $1 AND id = ANY($2)""",
        *(house.tenant, made),
    )
    await house.pool.execute(
        """INSERT INTO delivery_attempts
           SELECT tenant_id, id, 1, channel, 'smtp', now(), now(), 'ACCEPTED' FROM reminders
           WHERE tenant_id = $1 AND id = ANY($2)""",
        *(house.tenant, made),
    )
    return made


async def remind(house: House) -> None:
    """A row in each table of reminders."""
    await of_appointment(house, house.appointments[0], await rule(house))
    [reminder] = await due(house)
    await house.pool.execute(
        "INSERT INTO delivery_attempts VALUES ($1, $2, 1, 'EMAIL', 'smtp', now(), now(), 'FAILED')",
        house.tenant,
        reminder,
    )
    await house.pool.execute(
        "INSERT INTO delivery_receipts VALUES ($1, $2, 1, 'BOUNCED', now(), '550')", house.tenant, reminder
    )
    await house.pool.execute("INSERT INTO delivery_pauses VALUES ($1, 'PUSH', now(), 'somebody')", house.tenant)
