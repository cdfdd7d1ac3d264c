"""What must be true of a database before requests are served from it."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import migrate
from db.engine import our_errors
from db.scope import Database


class Unfit(RuntimeError):
    """The database cannot be served from; the message says what to do."""


_ROLE = text(
    """
    SELECT current_user AS name, rolsuper OR rolbypassrls AS bypasses,
           EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind = 'r' AND relnamespace = 'public'::regnamespace)
               AS owns
    FROM pg_roles r WHERE rolname = current_user
    """
)
_MIGRATED = text("SELECT to_regclass('alembic_version') IS NOT NULL")
REVISION = text("SELECT version_num FROM alembic_version")


async def check(database: Database) -> None:
    """Raises Unfit where row-level security would not bind our role, or the tables are not those this code expects."""
    try:
        with our_errors():
            async with database.engine.connect() as connection:
                role = (await connection.execute(_ROLE)).one()
                migrated = await connection.scalar(_MIGRATED)
                revision = await connection.scalar(REVISION) if migrated else None
    except DBAPIError as error:
        raise Unfit(f"DATABASE_URL does not open the database. PostgreSQL says: {error.orig}") from error
    if role.bypasses or role.owns:
        raise Unfit(
            f"DATABASE_URL logs in as {role.name}, whom row-level security does not bind. Log in as a role that is "
            "no superuser, has no BYPASSRLS and owns no table, and give the owner as MIGRATION_DATABASE_URL."
        )
    if revision != migrate.head():
        raise Unfit(
            f"The database is at revision {revision}; this code needs {migrate.head()}. "
            "Run `carenotes migrate` with MIGRATION_DATABASE_URL set."
        )
