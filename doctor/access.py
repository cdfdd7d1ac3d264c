"""Who may see what: the lock behind the door."""

from collections.abc import AsyncIterator

import asyncpg

from db import guard
from doctor.checks import Finding, Group, problem, warning
from doctor.subject import Subject

ACCESS = Group("access")

_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS enabled, row_security_active(c.oid) AS binding,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
ORDER BY 1
"""
_PRIVILEGES = """
SELECT c.relname AS name, p.privilege
FROM pg_class c CROSS JOIN unnest('{TRUNCATE,TRIGGER,REFERENCES}'::text[]) AS p (privilege)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, p.privilege)
ORDER BY 1, 2
"""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text AS name
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c (line) WHERE c.line LIKE 'search_path=%')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""


@ACCESS.check
async def role(on: Subject) -> AsyncIterator[Finding]:
    """The role that serves is bound by row-level security."""
    ours = await on.app.fetchrow(guard.ROLE)
    assert ours is not None
    if ours.bypasses:
        yield problem(
            f"{ours.name} is a superuser, has BYPASSRLS, or may become a role that does.",
            f"ALTER ROLE {ours.name} NOSUPERUSER NOBYPASSRLS; and take it out of such roles.",
        )
    if ours.owns:
        yield problem(
            f"{ours.name} owns tables, or may become who does; policies do not bind an owner.",
            "Give DATABASE_URL another role than MIGRATION_DATABASE_URL.",
        )


@ACCESS.check
async def row_security(on: Subject) -> AsyncIterator[Finding]:
    """Every table has row-level security, a policy, and binds the role that serves."""
    for table in await on.app.fetch(_TABLES):
        if not table.enabled:
            yield problem(
                f"{table.name} has no row-level security.", f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY;"
            )
        elif not table.has_policy:
            yield warning(
                f"{table.name} has no policy: nobody sees its rows.", "Run the migrations on a fresh copy, and compare."
            )
        elif not table.binding:
            yield problem(
                f"The policies of {table.name} do not bind the role that serves.",
                "Serve as a role that owns nothing and has no BYPASSRLS.",
            )


@ACCESS.check
async def nothing_without_a_tenant(on: Subject) -> AsyncIterator[Finding]:
    """Where no tenant is set, no table shows a row."""
    for table in await on.app.fetch(_TABLES):
        try:
            shows = await on.app.fetchval(f'SELECT EXISTS (SELECT FROM "{table.name}")')  # noqa: S608  # from the catalogue
        except asyncpg.InsufficientPrivilegeError:
            continue
        if shows:
            yield problem(
                f"{table.name} shows rows to a session that has no tenant.",
                f"Look at its policies (\\d {table.name}): each compares tenant_id with the setting app.tenant_id.",
            )


@ACCESS.check
async def privileges(on: Subject) -> AsyncIterator[Finding]:
    """The role that serves can change rows and no tables."""
    name = await on.app.fetchval("SELECT current_user")
    for row in await on.app.fetch(_PRIVILEGES):
        yield problem(
            f"{name} has {row.privilege} on {row.name}.", f"REVOKE {row.privilege} ON {row.name} FROM {name};"
        )
    if await on.app.fetchval("SELECT has_schema_privilege('public', 'CREATE')"):
        yield problem(
            f"{name} can create tables and functions.", f"REVOKE CREATE ON SCHEMA public FROM {name}, PUBLIC;"
        )


@ACCESS.check
async def definers(on: Subject) -> AsyncIterator[Finding]:
    """Functions that run as their owner say where they look for tables."""
    for function in await on.app.fetch(_FUNCTIONS):
        yield problem(
            f"{function.name} runs as its owner and takes the caller's search_path.",
            f"ALTER FUNCTION {function.name} SET search_path = public, pg_temp;",
        )
