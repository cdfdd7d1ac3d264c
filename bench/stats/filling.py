"""Notes by COPY: spread evenly over one tenant's facilities, people and days of 2025, as many as are asked for."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from db.demo.constraints import creating, dropping, indexes_and_references
from db.tables import Base, Note
from db.vocabulary import NoteCategory, NotePriority, Shift

FACILITIES, PATIENTS, AUTHORS = 8, 400, 80
FIRST, DAYS = date(2025, 1, 1), 365
CHUNK = 20_000
COLUMNS = ["tenant_id", "id", "patient_id", "facility_id", "author_id", "category", "priority", "shift", "status"]
COLUMNS += ["effective_at", "recorded_at", "text", "signed_at", "signed_by_id", "content_hash"]


async def fill(owner: asyncpg.Connection, notes: int) -> UUID:
    """The tenant. The search index is left out: no statistics use it, and building it would take most of the time."""
    tenant = uuid7()
    facilities, patients, authors = ([uuid7() for _ in range(n)] for n in (FACILITIES, PATIENTS, AUTHORS))
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, status, time_zone) VALUES ($1, $2, 'Large', 'ACTIVE', 'UTC')",
        tenant,
        f"large-{notes}",
    )
    await owner.executemany(
        "INSERT INTO facilities (tenant_id, id, name, time_zone, status) VALUES ($1, $2, 'F', 'UTC', 'ACTIVE')",
        [(tenant, each) for each in facilities],
    )
    await owner.executemany(
        "INSERT INTO practitioners (tenant_id, id, subject, name, email, role) VALUES ($1, $2, $3, 'N', $3, 'NURSE')",
        [(tenant, each, f"p{n}@large.example") for n, each in enumerate(authors)],
    )
    await owner.executemany(
        """INSERT INTO patients (tenant_id, id, facility_id, mrn, name, birth_date, time_zone, locale, status)
           VALUES ($1, $2, $3, $4, 'N', '1950-01-01', 'UTC', 'en', 'ACTIVE')""",
        [(tenant, each, facilities[n % FACILITIES], f"M{n}") for n, each in enumerate(patients)],
    )
    put_aside = indexes_and_references([Base.metadata.tables[Note.__tablename__]])
    async with owner.transaction():
        await owner.execute("SET LOCAL maintenance_work_mem = '1GB'; SET LOCAL work_mem = '256MB'")
        for element in put_aside:
            await owner.execute(dropping(element))
        await owner.copy_to_table(
            "notes", source=_lines(tenant, facilities, patients, authors, notes), columns=COLUMNS, format="text"
        )
        for element in put_aside:
            if element.name != "notes_search":
                await owner.execute(creating(element))
        await owner.execute("SELECT rebuild_figures($1, $2, '-infinity', 'infinity')", tenant, facilities)
    await owner.execute("VACUUM (ANALYZE) notes, facility_days, note_counts, note_people")
    return tenant


async def _lines(tenant: UUID, facilities: Any, patients: Any, authors: Any, notes: int) -> AsyncIterator[bytes]:
    chance = Random(1)
    categories, priorities, shifts = list(NoteCategory), list(NotePriority), list(Shift)
    lines: list[str] = []
    first = uuid7().int & ~((1 << 62) - 1)
    for n in range(notes):
        # In order of time, as notes are written, and each facility has its own people.
        second = n * DAYS * 86_400 // notes
        day, within = divmod(second, 86_400)
        place = chance.randrange(FACILITIES)
        author = authors[chance.randrange(AUTHORS // FACILITIES) * FACILITIES + place]
        at = f"{_DATES[day]} {within // 3600:02}:{within // 60 % 60:02}:{within % 60:02}+00"
        signed = f"{at}\t{author}\t\\\\x00" if chance.random() < 0.9 else "\\N\t\\N\t\\N"
        lines.append(
            f"{tenant}\t{UUID(int=first + n)}\t{patients[chance.randrange(PATIENTS // FACILITIES) * FACILITIES + place]}\t"
            f"{facilities[place]}\t{author}\t{chance.choice(categories)}\t{chance.choice(priorities)}\t{chance.choice(shifts)}\t"
            f"{'PRELIMINARY' if signed[0] == chr(92) else 'FINAL'}\t{at}\t{at}\tAte well.\t{signed}\n"
        )
        if len(lines) == CHUNK:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


_DATES = [str(FIRST + timedelta(days=n)) for n in range(DAYS)]
