"""What must be true of a database before requests are served from it."""

import asyncio

import asyncpg
import structlog
from sqlalchemy import text

from db import migrate
from db.pool import Row, our_errors
from db.scope import Database
from errors import Misconfigured, Unavailable

log = structlog.get_logger("carenotes")

PATIENCE = 15.0
"""Seconds for which whoever starts waits for a database that restarts. Longer than the ten in which systemd counts how often
something failed to start, before it gives up for good."""

ROLE = """
SELECT current_user AS name,
       -- Also by way of another role: SET ROLE takes no more than membership.
       (SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')) AS bypasses,
       EXISTS (
           SELECT FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_has_role(current_user, relowner, 'MEMBER')
       ) AS owns,
       (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding
"""
_MIGRATED = "SELECT to_regclass('alembic_version') IS NOT NULL"
REVISION = text("SELECT version_num FROM alembic_version")


async def wait_and_check(database: Database, patience: float = PATIENCE) -> None:
    """As `check`, for what runs for hours and may be started in the middle of an outage. Raises Unavailable when that lasts."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + patience
    told = False
    while True:
        try:
            await check(database)
        except Unavailable:
            if loop.time() > ends:
                raise
            if not told:
                log.warning("waiting for the database", seconds=patience)
            told = True
            await asyncio.sleep(0.25)
        else:
            return


async def check(database: Database) -> None:
    """Raises Misconfigured where row-level security would not bind our role, or the tables are not those this code expects."""
    try:
        with our_errors():
            # A connection of its own: what its role is does not depend on the pool, and no tenant is set.
            connection = await asyncpg.connect(database.url, timeout=database.begin_within, record_class=Row)
            try:
                role = await connection.fetchrow(ROLE)
                migrated = await connection.fetchval(_MIGRATED)
                revision = await connection.fetchval(str(REVISION)) if migrated else None
            finally:
                await connection.close()
            assert role is not None
    except asyncpg.PostgresError as error:
        raise Misconfigured(f"DATABASE_URL does not open the database. PostgreSQL says: {error}") from error
    if role.bypasses or role.owns:
        raise Misconfigured(
            f"DATABASE_URL logs in as {role.name}, whom row-level security does not bind. Log in as a role that is "
            "no superuser, has no BYPASSRLS, owns no table and is no member of a role that does, and give the owner as "
            "MIGRATION_DATABASE_URL."
        )
    if role.encoding != "UTF8":
        raise Misconfigured(f"The database's encoding is {role.encoding}; texts need UTF8.")
    if revision != migrate.head():
        raise Misconfigured(
            f"The database is at revision {revision}; this code needs {migrate.head()}. "
            "Run `carenotes migrate` with MIGRATION_DATABASE_URL set."
        )
