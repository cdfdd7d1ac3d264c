"""The schema: whether it is the one that this code was written for, and whether its indexes serve."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

from db import guard, migrate
from db import migrations as migrations_of_ours
from doctor.checks import Finding, Group, note, problem, warning
from doctor.subject import Subject

TABLES = Group("tables")

_INDEX = re.compile(r"^(CREATE (?:UNIQUE )?|DROP )INDEX (?:CONCURRENTLY )?(?:IF (?:NOT )?EXISTS )?(\w+)", re.MULTILINE)
_UNUSABLE = """
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
ORDER BY 1
"""
_NAMES = "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('i', 'I')"
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS of, conname AS name FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND NOT convalidated ORDER BY 1, 2
"""
_READ_WHOLE = """
SELECT relname AS name, seq_scan AS times, seq_tup_read / seq_scan AS rows FROM pg_stat_user_tables
WHERE schemaname = 'public' AND seq_scan >= 100 AND seq_tup_read / seq_scan >= $1 ORDER BY seq_tup_read DESC
"""
_UNUSED = """
SELECT s.indexrelname AS name, pg_size_pretty(pg_relation_size(s.indexrelid)) AS size
FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
WHERE s.schemaname = 'public' AND s.idx_scan = 0 AND NOT i.indisunique AND pg_relation_size(s.indexrelid) >= $1
  AND (SELECT coalesce(stats_reset, pg_postmaster_start_time()) FROM pg_stat_database WHERE datname = current_database())
      < now() - make_interval(secs => $2)
ORDER BY pg_relation_size(s.indexrelid) DESC
"""


@TABLES.check
async def migrations(on: Subject) -> AsyncIterator[Finding]:
    """The tables are those that this code was written for."""
    exists = await on.app.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    revision = await on.app.fetchval(str(guard.REVISION)) if exists else None
    if revision != migrate.head():
        yield problem(
            f"The database is at revision {revision}; this code needs {migrate.head()}.",
            "Run `carenotes migrate` with MIGRATION_DATABASE_URL set, then start this version everywhere.",
        )


@TABLES.check
async def indexes(on: Subject) -> AsyncIterator[Finding]:
    """Every index of the migrations is there, and usable."""
    there = {row.relname for row in await on.app.fetch(_NAMES)}
    for name, statement in indexes_of_migrations().items():
        if name not in there:
            yield problem(f"The index {name} is missing.", f"{statement};")
    for index in await on.app.fetch(_UNUSABLE):
        yield problem(
            f"The index {index.name} is not valid: making it was interrupted.",
            f"REINDEX INDEX CONCURRENTLY {index.name};",
        )


def indexes_of_migrations() -> dict[str, str]:
    """The statement of each index that the migrations make and leave."""
    made: dict[str, str] = {}
    for file in sorted((Path(migrations_of_ours.__file__).parent / "versions").glob("*.sql")):
        for statement in file.read_text().split(";"):
            for verb, name in _INDEX.findall(statement):
                made.pop(name, None)
                if verb != "DROP ":
                    made[name] = " ".join(statement[statement.index("CREATE") :].split())
    return made


@TABLES.check
async def constraints(on: Subject) -> AsyncIterator[Finding]:
    """Every constraint was checked against the rows that were there."""
    for row in await on.app.fetch(_CONSTRAINTS):
        yield warning(
            f"{row.name} on {row.of} was never checked against older rows.",
            f"ALTER TABLE {row.of} VALIDATE CONSTRAINT {row.name};",
        )


@TABLES.check
async def read_whole(on: Subject) -> AsyncIterator[Finding]:
    """No big table is read whole again and again."""
    for table in await on.app.fetch(_READ_WHOLE, on.limits.scanned):
        yield warning(
            f"{table.name} was read whole {table.times:,} times, {table.rows:,} rows each on average.",
            "Look for the statement in pg_stat_statements: it may miss an index, or be a report that should run elsewhere.",
        )


@TABLES.check
async def unused(on: Subject) -> AsyncIterator[Finding]:
    """Every big index is used."""
    for index in await on.app.fetch(_UNUSED, on.limits.big, on.limits.watched):
        yield note(
            f"The index {index.name} ({index.size}) was never used since statistics began.",
            "If replicas do not use it either, it costs each write for nothing. Write a migration before dropping it.",
        )
