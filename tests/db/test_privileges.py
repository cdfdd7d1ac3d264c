"""What the catalog says of the application's role: which policies bind it, and what it is granted."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.conftest import TestDatabase
from tests.whole_house import TABLES

each_table = pytest.mark.parametrize("table", TABLES)


@pytest.fixture(scope="module")
async def app(shared_database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the application's role."""
    connection = await asyncpg.connect(shared_database.app_url)
    yield connection
    await connection.close()


GRANTED = {table: {"SELECT", "INSERT"} for table in TABLES} | {
    "practitioner_facilities": {"SELECT", "INSERT", "DELETE"},
    "facility_days": {"SELECT", "INSERT", "DELETE"},
    "note_counts": {"SELECT", "INSERT", "DELETE"},
    "note_people": {"SELECT", "INSERT", "DELETE"},
    "idempotency_keys": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "reminder_queue": {"SELECT", "INSERT", "DELETE"},
    "delivery_pauses": {"SELECT", "INSERT", "DELETE"},
    "events": {"SELECT"},
    "event_streams": {"SELECT"},
}
NEVER_UPDATED = {
    "tenants": {"id", "slug", "created_at"},
    "facilities": {"tenant_id", "id", "created_at"},
    "practitioners": {"tenant_id", "id", "created_at"},
    "patients": {"tenant_id", "id", "created_at"},
    "api_keys": {"tenant_id", "id", "name", "subject", "role", "digest", "expires_at", "created_at"},
    "notes": {"tenant_id", "id", "patient_id", "author_id", "created_at", "recorded_at", "late_entry"}
    | {"retracted_at", "retracted_by_id", "retraction_reason"},
    "appointments": {"tenant_id", "id", "patient_id", "service_type", "status", "cancel_reason", "created_at"},
    "idempotency_keys": set[str](),
    "figure_versions": {"tenant_id", "facility_id"},
    "facility_days": {"tenant_id", "facility_id", "day"},
    "note_counts": {
        "tenant_id",
        "facility_id",
        "grain",
        "starts",
        "category",
        "priority",
        "status",
        "shift",
        "late_entry",
    },
    "note_people": {"tenant_id", "facility_id", "grain", "starts", "part", "person_id"},
    "templates": {"tenant_id", "id", "context", "created_at"},
    "reminder_rules": {"tenant_id", "id", "created_at"},
    "contact_preferences": {"tenant_id", "patient_id", "channel"},
    "reminders": {"tenant_id", "id", "patient_id", "appointment_id", "rule_id", "generation", "text", "created_at"},
    "reminder_queue": {"tenant_id", "reminder_id", "priority", "earlier_attempts"},
}


async def test_the_metadata_names_every_table(owner: asyncpg.Pool) -> None:
    found = await owner.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                              "AND relkind IN ('r', 'p', 'v', 'm', 'f')")  # fmt: skip
    assert {row["relname"] for row in found} == {*TABLES, "alembic_version"}


@each_table
async def test_each_table_is_locked_by_a_policy_for_each_command(app: asyncpg.Connection, table: str) -> None:
    assert await app.fetchval("SELECT relrowsecurity FROM pg_class WHERE oid = $1::text::regclass", table)
    assert await app.fetchval("SELECT row_security_active($1::text)", table), "it binds the application's role"
    policies = await app.fetch("SELECT cmd, permissive, qual, with_check FROM pg_policies WHERE tablename = $1", table)
    assert policies
    for policy in policies:
        for condition in filter(None, (policy["qual"], policy["with_check"])):
            assert "current_setting('app.tenant_id'" in condition
    ruled = {policy["cmd"] for policy in policies}
    assert ruled == {"ALL"} or {"SELECT", "INSERT"} <= ruled


@each_table
async def test_the_application_is_granted_no_more_than_it_needs(app: asyncpg.Connection, table: str) -> None:
    kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    granted = {kind for kind in kinds if await app.fetchval("SELECT has_table_privilege($1::text, $2)", table, kind)}
    assert granted == GRANTED[table]
    columns = await app.fetch(
        """SELECT attname, has_column_privilege(attrelid, attnum, 'UPDATE') AS updated,
                  has_column_privilege(attrelid, attnum, 'REFERENCES') AS referenced
           FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped""",
        table,
    )
    assert not any(column["referenced"] for column in columns)
    fixed = {column["attname"] for column in columns if not column["updated"]}
    assert fixed == NEVER_UPDATED.get(table, {column["attname"] for column in columns})


async def test_the_application_is_a_role_that_the_policies_bind(app: asyncpg.Connection) -> None:
    role = await app.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    assert role is not None
    assert not any(
        role[power] for power in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    )
    owned = "SELECT count(*) FROM pg_class WHERE pg_has_role(current_user, relowner, 'MEMBER')"
    assert await app.fetchval(owned) == 0, "neither an owner nor a member of one"
    assert not await app.fetchval("SELECT has_schema_privilege('public', 'CREATE')")
    assert not await app.fetchval("SELECT has_table_privilege('alembic_version', 'INSERT, UPDATE, DELETE, TRUNCATE')")


async def test_functions_that_pass_the_policies_are_known_and_closed(owner: asyncpg.Pool) -> None:
    functions = await owner.fetch(
        """SELECT proname, proconfig, proacl::text AS grants FROM pg_proc
           WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname"""
    )
    assert [row["proname"] for row in functions] == [
        *(
            "amend_note",
            "due_lanes",
            "newest_events",
            "pending_rules",
            "prune_events",
            "relay_events",
            "reminder_backlog",
            "retract_note",
        ),
        *("search_notes", "search_patients", "streams_older_than", "transition_appointment", "waiting_events"),
    ]
    for function in functions:
        assert function["proconfig"] == ["search_path=public, pg_temp"], "nobody's table can take the place of ours"
        assert not function["grants"].startswith("{=X"), "PUBLIC may not call it"
        assert ",=X" not in function["grants"]
