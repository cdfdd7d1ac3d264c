"""Row-level security, proven from below: raw SQL without a WHERE, past every statement that names its tenant."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from config import Settings
from db.scope import PLATFORM, Database
from tests.conftest import TestDatabase
from tests.factories import House
from tests.whole_house import TABLES, contents, furnish, owner_column


class _Row:
    """The columns that the statements here select."""

    tenant: UUID
    line: str
    pid: int
    ids: list[UUID] | None


each_table = pytest.mark.parametrize("table", TABLES)

# These are written through functions alone.
READ_ONLY = {"events", "event_streams"}
# A row of these can be written at all, so that nothing but the tenant stands in the way.
WRITABLE = {"notes": "status = 'PRELIMINARY'", "appointments": "status = 'BOOKED'"}


@pytest.fixture(scope="session")
async def ours(owner: asyncpg.Pool) -> House:
    return await furnish(await House.build(owner))


@pytest.fixture(scope="session")
async def theirs(owner: asyncpg.Pool) -> House:
    return await furnish(await House.build(owner))


@pytest.fixture
async def app(shared_database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the application's role, in a transaction that is undone."""
    connection = await asyncpg.connect(shared_database.app_url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def become(app: asyncpg.Connection, house: House) -> None:
    await app.execute("SELECT set_tenant($1)", house.tenant)


@each_table
async def test_a_select_without_where_sees_the_own_rows_alone(
    database: Database, owner: asyncpg.Pool, ours: House, theirs: House, table: str
) -> None:
    scope = database.read(ours.tenant)
    rows = await scope.rows(text(f"SELECT {owner_column(table)} AS tenant, t::text AS line FROM {table} t"), _Row)
    await scope.close()
    assert {row.tenant for row in rows} == {ours.tenant}
    assert sorted(row.line for row in rows) == sorted((await contents(owner, ours))[table])


@each_table
async def test_naming_the_other_tenant_finds_nothing(
    database: Database, ours: House, theirs: House, table: str
) -> None:
    scope = database.read(ours.tenant)
    named = text(f"SELECT count(*) FROM {table} WHERE {owner_column(table)} = :other")
    assert await scope.value(named.bindparams(other=theirs.tenant)) == 0
    await scope.close()


@each_table
async def test_the_platform_sees_no_row_of_a_tenant(database: Database, ours: House, table: str) -> None:
    scope = database.read(PLATFORM)
    rows = await scope.rows(text(f"SELECT {owner_column(table)} AS tenant FROM {table}"), _Row)
    await scope.close()
    seen = {row.tenant for row in rows}
    assert ours.tenant in seen if table == "tenants" else not seen - {PLATFORM}


@each_table
async def test_without_a_tenant_nothing_is_seen(
    shared_database: TestDatabase, ours: House, theirs: House, table: str
) -> None:
    connection = await asyncpg.connect(shared_database.app_url)
    everything = f"SELECT count(*) FROM {table}"
    assert await connection.fetchval("SELECT current_setting('app.tenant_id', true)") is None
    assert await connection.fetchval(everything) == 0
    async with connection.transaction():
        await become(connection, ours)
        assert await connection.fetchval(everything) > 0
    # After a transaction that set it, PostgreSQL knows the setting, and it is empty instead of null.
    assert await connection.fetchval("SELECT current_setting('app.tenant_id', true)") == ""
    assert await connection.fetchval(everything) == 0
    await connection.close()


async def test_a_pooled_connection_forgets_the_tenant(settings: Settings, ours: House, theirs: House) -> None:
    only_one = settings.model_copy(update={"database_pool_size": 1})
    database = Database(only_one)
    tenants = text("SELECT pg_backend_pid() AS pid, array_agg(id) AS ids FROM tenants")
    seen: list[Any] = []
    for tenant_id in (ours.tenant, theirs.tenant):
        async with database.write(tenant_id) as scope:
            seen += await scope.rows(tenants, _Row)
    connection = await database.connections.acquire()
    seen += await connection.fetch(str(tenants))
    await database.connections.release(connection)
    await database.close()
    assert len({row.pid for row in seen}) == 1, "all on one connection"
    assert [row.ids for row in seen] == [[ours.tenant], [theirs.tenant], None]


async def insert_copy(app: asyncpg.Connection, owner: asyncpg.Pool, table: str, of: House) -> None:
    """Inserts a row of that house once more, as the tenant that is set."""
    columns = await owner.fetchval(
        """SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
           WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''""",
        table,
    )
    row = await owner.fetchval(
        f"SELECT to_jsonb(t)::text FROM {table} t "
        f"WHERE {owner_column(table)} = $1 AND {WRITABLE.get(table, 'true')} LIMIT 1",
        of.tenant,
    )
    await app.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(null::{table}, $1)", row
    )


@each_table
async def test_a_row_cannot_be_written_into_another_tenant(
    app: asyncpg.Connection, owner: asyncpg.Pool, ours: House, theirs: House, table: str
) -> None:
    if table in READ_ONLY:
        await become(app, theirs)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await insert_copy(app, owner, table, of=theirs)
        return
    if table == "tenants":
        await app.execute("SELECT set_tenant($1)", PLATFORM)
    else:
        await become(app, theirs)
    # Whose row it is may write it: then nothing is in the way but that it exists already.
    with pytest.raises(asyncpg.UniqueViolationError):
        async with app.transaction():
            await insert_copy(app, owner, table, of=theirs)
    await become(app, ours)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with app.transaction():
            await insert_copy(app, owner, table, of=theirs)


@each_table
async def test_updates_and_deletes_without_where_leave_the_other_tenant_alone(
    app: asyncpg.Connection, owner: asyncpg.Pool, ours: House, theirs: House, table: str
) -> None:
    await become(app, ours)
    column = await app.fetchval(
        """SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0
           AND has_column_privilege(attrelid, attnum, 'UPDATE') ORDER BY attnum LIMIT 1""",
        table,
    )
    whose = owner_column(table)
    if column is None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            async with app.transaction():
                await app.execute(f"UPDATE {table} SET {whose} = {whose}")
    else:
        touched = await app.fetch(f"UPDATE {table} SET {column} = {column} RETURNING {whose} AS tenant")
        assert {row["tenant"] for row in touched} == {ours.tenant}
    if await app.fetchval("SELECT has_table_privilege($1::text, 'DELETE')", table):
        gone = await app.fetch(f"DELETE FROM {table} RETURNING {whose} AS tenant")
        assert {row["tenant"] for row in gone} == {ours.tenant}
    else:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            async with app.transaction():
                await app.execute(f"DELETE FROM {table}")


@each_table
async def test_a_row_cannot_be_moved_to_another_tenant(
    app: asyncpg.Connection, ours: House, theirs: House, table: str
) -> None:
    await become(app, ours)
    # Of idempotency keys every column can be updated, as an upsert needs it; there the policy alone stands guard.
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"row-level security|permission denied"):
        await app.execute(f"UPDATE {table} SET {owner_column(table)} = $1", theirs.tenant)


# The functions run as the owner, past the policies: each must bind itself to the tenant that is set.


@pytest.mark.parametrize("function", ["search_notes", "search_patients"])
async def test_search_finds_rows_of_the_set_tenant_alone(
    app: asyncpg.Connection, ours: House, theirs: House, function: str
) -> None:
    await become(app, ours)
    found = f"SELECT count(*) FROM {function}($1, '%%')"
    assert await app.fetchval(found, ours.tenant) > 0
    assert await app.fetchval(found, theirs.tenant) == 0
    assert await app.fetchval(found, None) == 0
    await app.execute("RESET app.tenant_id")
    assert await app.fetchval(found, ours.tenant) == 0


@pytest.mark.parametrize(
    "call",
    ["amend_note($1, $2)", "retract_note($1, $2, $3, 'not theirs to say')"],
    ids=["amend_note", "retract_note"],
)
async def test_a_note_of_another_tenant_cannot_be_changed_through_a_function(
    app: asyncpg.Connection, owner: asyncpg.Pool, ours: House, theirs: House, call: str
) -> None:
    before = await contents(owner, theirs)
    signed = 1
    more = () if "$3" not in call else (ours.practitioners[0],)
    await become(app, ours)
    for tenant, note in ((theirs, theirs), (ours, theirs), (theirs, ours)):
        assert await app.fetchval(f"SELECT {call}", tenant.tenant, note.notes[signed], *more) is None
    assert await app.fetchval(f"SELECT {call}", ours.tenant, ours.notes[signed], *more) == 2, "its own it can change"
    assert await contents(owner, theirs) == before


async def test_an_appointment_of_another_tenant_cannot_be_changed_through_a_function(
    app: asyncpg.Connection, owner: asyncpg.Pool, ours: House, theirs: House
) -> None:
    before = await contents(owner, theirs)
    call = "SELECT transition_appointment($1, $2, 'ARRIVED', NULL)"
    await become(app, ours)
    for tenant, house in ((theirs, theirs), (ours, theirs), (theirs, ours)):
        assert await app.fetchval(call, tenant.tenant, house.appointments[0]) is None
    assert await app.fetchval(call, ours.tenant, ours.appointments[0]) == 2, "its own it can change"
    assert await contents(owner, theirs) == before
