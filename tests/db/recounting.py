"""What the counts must be, found the naive way: all notes, one by one, in Python."""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

Counts = dict[str, Counter[tuple[Any, ...]]]


async def notes_of(pool: asyncpg.Pool, tenant: UUID) -> list[dict[str, Any]]:
    """The notes that count, each with its `day` by its facility's clock."""
    zones = {
        row["id"]: ZoneInfo(row["time_zone"])
        for row in await pool.fetch("SELECT id, time_zone FROM facilities WHERE tenant_id = $1", tenant)
    }
    rows = await pool.fetch("SELECT * FROM notes WHERE tenant_id = $1 AND status <> 'ENTERED_IN_ERROR'", tenant)
    return [{**row, "day": row["effective_at"].astimezone(zones[row["facility_id"]]).date()} for row in rows]


def naively(notes: list[dict[str, Any]]) -> Counts:
    counts: Counts = {"facility_days": Counter(), "note_counts": Counter(), "note_people": Counter()}
    for note in notes:
        facility, day = note["facility_id"], note["day"]
        of_day = [("notes", 1), ("late_entries", int(note["late_entry"]))]
        of_day += [(f"{name}_{note[name].lower()}", 1) for name in ("category", "priority", "status", "shift")]
        for column, more in of_day:
            counts["facility_days"][facility, day, column] += more
        for grain, starts in (("DAY", day), ("MONTH", day.replace(day=1))):
            combination = [note[name] for name in ("category", "priority", "status", "shift", "late_entry")]
            counts["note_counts"][(facility, grain, starts, *combination)] += 1
            for part, person in (("PATIENT", note["patient_id"]), ("AUTHOR", note["author_id"])):
                counts["note_people"][facility, grain, starts, part, person] += 1
    return {table: +counter for table, counter in counts.items()}


async def stored(pool: asyncpg.Pool, tenant: UUID) -> Counts:
    counts: Counts = {"facility_days": Counter(), "note_counts": Counter(), "note_people": Counter()}
    for row in await pool.fetch("SELECT * FROM facility_days WHERE tenant_id = $1", tenant):
        assert row["notes"] > 0, "a count of nothing is no row"
        for column, value in list(row.items())[3:]:
            if value:
                counts["facility_days"][row["facility_id"], row["day"], column] = value
    for table in ("note_counts", "note_people"):
        for row in await pool.fetch(f"SELECT * FROM {table} WHERE tenant_id = $1", tenant):
            *key, notes = list(row.values())[1:]
            assert notes > 0, "a count of nothing is no row"
            counts[table][tuple(key)] = notes
    return counts


async def drift(pool: asyncpg.Pool, tenant: UUID) -> int:
    found: int = await pool.fetchval(
        "SELECT count(*) FROM drifting_figures($1, (SELECT array_agg(id) FROM facilities WHERE tenant_id = $1), $2, $3)",
        tenant,
        date.min,
        date.max,
    )
    return found


async def assert_exact(pool: asyncpg.Pool, tenant: UUID) -> list[dict[str, Any]]:
    """Stored = counted again by SQL = counted in Python. Returns the notes."""
    notes = await notes_of(pool, tenant)
    assert await stored(pool, tenant) == naively(notes)
    assert await drift(pool, tenant) == 0
    return notes
