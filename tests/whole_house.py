"""Every table at once: a row of a house in each of them, and what a house's rows are."""

from datetime import timedelta

import asyncpg
from uuid_utils.compat import uuid7

from db import appointment_tables, event_tables, figure_tables, reminder_tables
from db.tables import Base
from tests.factories import NOON, House
from tests.reminding import remind

assert all((appointment_tables, event_tables, figure_tables, reminder_tables)), "their models are part of the metadata"
TABLES = sorted(Base.metadata.tables)


def owner_column(table: str) -> str:
    """The column that says whose a row is: the tenants themselves are named by their id."""
    return "id" if table == "tenants" else "tenant_id"


async def furnish(house: House) -> House:
    """At least one row in every table. `notes` are then PRELIMINARY, FINAL, AMENDED and ENTERED_IN_ERROR.

    A new table needs a row here: without one, nothing would be proven of it.
    """
    for status in ("PRELIMINARY", "FINAL", "AMENDED", "ENTERED_IN_ERROR"):
        # The first one was edited once: its version before that is the row of note_versions below.
        edited = {"version": 2} if status == "PRELIMINARY" else {}
        await house.note(status=status, text=f"A {status} note of {house.slug}.", **edited)
    tenant, pool = house.tenant, house.pool
    await pool.execute(
        "INSERT INTO practitioner_facilities VALUES ($1, $2, $3)", tenant, house.practitioners[0], house.facilities[0]
    )
    await pool.execute(
        "INSERT INTO note_versions VALUES ($1, $2, 1, $3, 'PROGRESS', 'LOW', 'DAY', $4, 'Before.', $5, $6)",
        *(tenant, house.notes[0], house.facilities[0], NOON, NOON, house.practitioners[0]),
    )
    await pool.execute(
        "INSERT INTO addenda VALUES ($1, $2, $3, $4, 'ADDITION', 'It was missing.', 'Ate well, too.', $5)",
        *(tenant, uuid7(), house.notes[2], house.practitioners[0], NOON + timedelta(hours=1)),
    )
    await house.appointment()
    await house.appointment(status="CANCELLED")
    await pool.execute(
        "INSERT INTO api_keys (tenant_id, id, name, subject, role, digest) VALUES ($1, $2, 'a key', 's', 'READER', $3)",
        *(tenant, uuid7(), tenant.bytes),
    )
    await pool.execute(
        "INSERT INTO idempotency_keys VALUES ($1, 's', 'createNote', 'k', $2, $3)", tenant, bytes(32), house.notes[0]
    )
    await remind(house)
    for table, position in {"outbox": "", "events": "position, "}.items():
        await pool.execute(
            f"INSERT INTO {table} ({position}tenant_id, at, kind, type, entity_id) "
            f"SELECT {position and '1, '}$1, now(), 'CREATED', 'Note', $2",
            *(tenant, house.notes[0]),
        )
    await pool.execute("INSERT INTO event_streams VALUES ($1, 1)", tenant)
    for table, rows in (await contents(pool, house)).items():
        assert rows, f"{table} is empty: write a row of it here"
    return house


async def global_ids(house: House) -> dict[str, str]:
    """Of what a furnished house has, by what it is: `preliminary`, `final` and so on are notes."""
    addendum = await house.pool.fetchval("SELECT id FROM addenda WHERE tenant_id = $1", house.tenant)
    reminder = await house.pool.fetchrow(
        "SELECT * FROM reminders WHERE tenant_id = $1 AND rule_id IS NOT NULL", house.tenant
    )
    assert reminder is not None
    notes = ("preliminary", "final", "amended", "entered_in_error")
    return {
        "tenant": house.gid("Tenant", house.tenant),
        "facility": house.gid("Facility", house.facilities[0]),
        "practitioner": house.gid("Practitioner", house.practitioners[0]),
        "patient": house.gid("Patient", house.patients[0]),
        "addendum": house.gid("Addendum", addendum),
        "appointment": house.gid("Appointment", house.appointments[0]),
        "reminder": house.gid("Reminder", reminder["id"]),
        "reminderrule": house.gid("ReminderRule", reminder["rule_id"]),
        "template": house.gid("Template", reminder["template_id"]),
        **{name: house.gid("Note", note) for name, note in zip(notes, house.notes, strict=True)},
    }


async def contents(pool: asyncpg.Pool, house: House) -> dict[str, list[str]]:
    """Every row of the house, by table: equal before and after where nothing was written."""
    found: dict[str, list[str]] = {table: [] for table in TABLES}
    for row in await pool.fetch(_CONTENTS, house.tenant):
        found[row["name"]].append(row["line"])
    return found


_CONTENTS = (
    " UNION ALL ".join(
        f"SELECT '{table}' AS name, t::text AS line FROM {table} t WHERE {owner_column(table)} = $1" for table in TABLES
    )
    + " ORDER BY 1, 2"
)
