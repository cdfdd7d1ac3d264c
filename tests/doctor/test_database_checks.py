"""Each check of the database sees what it is for. The examples break one database more and more."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from config import Settings
from doctor import access, activity, clocks, events, parameters, queue, tables
from doctor.checks import Level, Look
from doctor.subject import opened
from doctor.tables import indexes_of_migrations
from tests.conftest import TestDatabase
from tests.doctor.conftest import Find
from tests.factories import House
from tests.reminding import due

FLUSH = "SELECT pg_stat_force_next_flush()"

BROKEN = [
    (
        access.row_security,
        "CREATE TABLE open_to_all (tenant_id uuid)",
        Level.PROBLEM,
        "open_to_all has no row-level security",
    ),
    (
        access.row_security,
        "CREATE TABLE unseen (tenant_id uuid); ALTER TABLE unseen ENABLE ROW LEVEL SECURITY",
        Level.WARNING,
        "unseen has no policy",
    ),
    (
        access.nothing_without_a_tenant,
        """CREATE TABLE shown (tenant_id uuid); INSERT INTO shown VALUES (NULL);
           ALTER TABLE shown ENABLE ROW LEVEL SECURITY; CREATE POLICY all_of_it ON shown USING (true);
           GRANT SELECT ON shown TO carenotes_app""",
        Level.PROBLEM,
        "shown shows rows",
    ),
    (access.privileges, "GRANT TRUNCATE ON notes TO carenotes_app", Level.PROBLEM, "has TRUNCATE on notes"),
    (access.privileges, "GRANT CREATE ON SCHEMA public TO carenotes_app", Level.PROBLEM, "can create tables"),
    (
        access.definers,
        "CREATE FUNCTION loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        Level.PROBLEM,
        "loose() runs as its owner",
    ),
    (tables.indexes, "DROP INDEX notes_by_author", Level.PROBLEM, "notes_by_author is missing"),
    (
        tables.indexes,
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'addenda_by_note'::regclass",
        Level.PROBLEM,
        "addenda_by_note is not valid",
    ),
    (
        tables.constraints,
        "ALTER TABLE notes ADD CONSTRAINT of_late CHECK (version < 1000) NOT VALID",
        Level.WARNING,
        "of_late on notes",
    ),
    (tables.migrations, "UPDATE alembic_version SET version_num = '0001'", Level.PROBLEM, "at revision 0001"),
]


@pytest.mark.parametrize(("look", "breaking", "level", "words"), BROKEN)
async def test_what_is_broken_is_seen(
    look: Look, breaking: str, level: Level, words: str, find: Find, admin: asyncpg.Connection
) -> None:
    assert not any(words in finding.what for finding in await find(look))
    await admin.execute(breaking)
    [finding] = [finding for finding in await find(look) if words in finding.what]
    assert finding.level is level
    assert finding.advice


async def test_a_role_that_policies_do_not_bind_is_seen(of_patient: Settings) -> None:
    as_owner = of_patient.model_copy(update={"database_url": of_patient.migration_database_url})
    async with opened(as_owner) as on:
        roles = [finding async for finding in access.role(on)]
        bound = [finding async for finding in access.row_security(on)]
    assert ["owns tables" in finding.what for finding in roles] == [True]
    assert any("policies of notes do not bind" in finding.what for finding in bound)


def test_every_index_of_the_migrations_is_expected() -> None:
    expected = indexes_of_migrations()
    assert {"notes_search", "reminder_queue_by_lane"} <= set(expected)
    assert expected["notes_by_author"].startswith("CREATE INDEX notes_by_author ON notes (")


async def test_a_table_that_is_read_whole_and_an_index_that_nobody_uses(find: Find, admin: asyncpg.Connection) -> None:
    assert await find(tables.read_whole) == []
    for _ in range(100):
        await admin.fetchval("SELECT count(*) FROM tenants")
    await admin.execute(FLUSH)
    assert any("tenants was read whole" in each.what for each in await find(tables.read_whole, scanned=0))
    assert await find(tables.unused) == []
    # Which of them a probe of an empty table takes is PostgreSQL's choice; most are left.
    idle = [each.what for each in await find(tables.unused, big=0, watched=0.0)]
    assert len(idle) > 10
    assert all("was never used" in what for what in idle)


async def test_rows_that_are_gone_and_tables_that_nobody_analyzed(find: Find, admin: asyncpg.Connection) -> None:
    await admin.execute("CREATE TABLE untidy AS SELECT n FROM generate_series(1, 100) n; DELETE FROM untidy")
    await admin.execute("SET session_replication_role = replica")  # a place in the queue, and nothing that it is of
    await admin.execute(
        """INSERT INTO reminder_queue (tenant_id, reminder_id, channel, priority, next_attempt_at)
           VALUES (gen_random_uuid(), gen_random_uuid(), 'EMAIL', 'LOW', now() + interval '1 year')"""
    )
    await admin.execute("RESET session_replication_role")
    await admin.execute(FLUSH)
    assert await find(activity.vacuum) == []
    seen = [finding.what for finding in await find(activity.vacuum, dead_rows=1, big=1, transactions_left=-1)]
    assert any("untidy has 100 dead rows" in what for what in seen)
    assert any("reminder_queue takes 8192 bytes for 1 rows" in what for what in seen)
    assert any("transactions old" in what for what in seen)
    assert any("untidy" in each.what for each in await find(activity.analyzed, big=1))


async def test_open_transactions_and_who_waits_for_them(find: Find, patient: TestDatabase) -> None:
    holder, waiter = await asyncpg.connect(patient.owner_url), await asyncpg.connect(patient.owner_url)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE addenda")
            waiting = asyncio.create_task(waiter.execute("BEGIN; LOCK TABLE addenda; COMMIT"))
            while not waiting.done() and not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
            assert await find(activity.transactions) == await find(activity.locks) == []
            pid = holder.get_server_pid()
            opened_for = [finding.what for finding in await find(activity.transactions, transaction=0.0)]
            assert any(what.startswith(f"Session {pid} (carenotes_owner") for what in opened_for)
            [locked] = await find(activity.locks, lock=0.0)
            assert f"for a lock of {pid}" in locked.what
        await waiting
    finally:
        await holder.close()
        await waiter.close()


async def test_a_slot_that_nobody_reads(find: Find, admin: asyncpg.Connection) -> None:
    await admin.execute("SELECT pg_create_physical_replication_slot('left_behind')")
    try:
        assert any("left_behind" in finding.what for finding in await find(activity.transactions))
    finally:
        await admin.execute("SELECT pg_drop_replication_slot('left_behind')")


async def test_more_connections_than_there_are(find: Find, of_patient: Settings, patient: TestDatabase) -> None:
    many = of_patient.model_copy(update={"workers": 1000})
    assert await find(activity.connections_allowed) == []
    [finding] = await find(activity.connections_allowed, settings=many)
    assert (finding.level, "may open" in finding.what) == (Level.PROBLEM, True)
    one = of_patient.model_copy(update={"database_pool_size": 1})
    assert await find(activity.pools, settings=one) == []
    busy = await asyncpg.connect(patient.app_url, server_settings={"application_name": "carenotes"})
    async with busy.transaction():
        [finding] = await find(activity.pools, settings=one)
    await busy.close()
    assert "requests wait for one" in finding.what


async def test_clocks_that_are_apart(find: Find) -> None:
    for look in (clocks.database_clock, clocks.redis_clock):
        assert await find(look) == []
        [late] = await find(look, now=lambda: datetime.now(UTC) - timedelta(seconds=5))
        assert (late.level, "ahead of this machine's" in late.what) == (Level.WARNING, True)
        [early] = await find(look, now=lambda: datetime.now(UTC) + timedelta(minutes=5))
        assert (early.level, "behind this machine's" in early.what) == (Level.PROBLEM, True)


async def test_a_setting_of_the_database_that_costs_data(find: Find, admin: asyncpg.Connection) -> None:
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    assert any("synchronous_commit is off" in finding.what for finding in await find(parameters.server))


async def test_a_database_that_knows_no_letters(
    of_patient: Settings, patient: TestDatabase, admin: asyncpg.Connection
) -> None:
    name = await admin.fetchval("SELECT current_database()") + "_ascii"
    await admin.execute(f"CREATE DATABASE \"{name}\" OWNER carenotes_owner LOCALE 'C' TEMPLATE template0")
    try:
        url = str(of_patient.database_url).replace(name.removesuffix("_ascii"), name)
        async with opened(of_patient.model_copy(update={"database_url": url})) as on:
            [finding] = [finding async for finding in parameters.letters(on)]
            assert finding.level is Level.PROBLEM
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_reminders_that_nobody_sends(find: Find, patient: TestDatabase) -> None:
    async with asyncpg.create_pool(patient.owner_url, min_size=1, max_size=2) as pool:
        house = await House.build(pool)
        await due(house, 3)
        assert await find(queue.overdue, overdue=600.0) == await find(queue.paused) == []
        [late] = await find(queue.overdue, overdue=30.0)
        assert (late.level, late.what.startswith("3 reminders by EMAIL are due")) == (Level.WARNING, True)
        [later] = await find(queue.overdue, overdue=1.0)
        assert later.level is Level.PROBLEM
        await pool.execute("INSERT INTO delivery_pauses VALUES ($1, 'EMAIL', now(), 'somebody')", house.tenant)
        assert await find(queue.overdue, overdue=1.0) == []
        [held] = await find(queue.paused)
        assert (held.level, f"carenotes resume --tenant {house.slug}" in held.advice) == (Level.NOTE, True)


async def test_reminders_that_were_given_up(find: Find, patient: TestDatabase) -> None:
    async with asyncpg.create_pool(patient.owner_url, min_size=1, max_size=2) as pool:
        house = await House.build(pool)
        await due(house, 2)
        assert await find(queue.dead) == []
        await pool.execute(
            """UPDATE reminders SET status = 'DEAD', status_reason = 'REJECTED', settled_at = now() - interval '1 hour'
               WHERE tenant_id = $1""",
            house.tenant,
        )
        [dead] = await find(queue.dead)
        assert (dead.level, dead.what.startswith("2 reminders died as REJECTED")) == (Level.WARNING, True)
        assert await find(queue.dead, lately=1800.0) == []


async def test_zones_that_somebody_does_not_know(find: Find, patient: TestDatabase) -> None:
    async with asyncpg.create_pool(patient.owner_url, min_size=1, max_size=2) as pool:
        house = await House.build(pool)
        assert await find(clocks.time_zones) == []
        await pool.execute("UPDATE facilities SET time_zone = 'Mars/Olympus' WHERE id = $1", house.facilities[0])
        found = await find(clocks.time_zones)
        assert [(each.level, each.what) for each in found] == [
            (Level.PROBLEM, f"{whose} does not know the time zones Mars/Olympus.")
            for whose in ("The database", "This machine")
        ]
        await pool.execute("UPDATE facilities SET time_zone = 'Europe/Berlin' WHERE id = $1", house.facilities[0])


async def test_zones_whose_clocks_are_not_the_same(
    find: Find, monkeypatch: pytest.MonkeyPatch, patient: TestDatabase
) -> None:
    async with asyncpg.create_pool(patient.owner_url, min_size=1, max_size=2) as pool:
        house = await House.build(pool)
        await pool.execute("UPDATE facilities SET time_zone = 'Europe/Berlin' WHERE id = $1", house.facilities[0])
    # As it is where summer time was abolished, and only one of the two has heard of it.
    winter = {"Europe/Berlin": timezone(timedelta(hours=1))}
    monkeypatch.setattr(clocks, "ZoneInfo", lambda name: winter.get(name) or ZoneInfo(name))
    [finding] = await find(clocks.time_zones)
    assert finding.level is Level.PROBLEM
    assert "the clocks of Europe/Berlin" in finding.what


async def test_events_that_nobody_relays(find: Find, patient: TestDatabase) -> None:
    async with asyncpg.create_pool(patient.owner_url, min_size=1, max_size=2) as pool:
        house = await House.build(pool)
        assert await find(events.relayed, waiting=-1.0) == []
        await pool.execute(
            """INSERT INTO outbox (tenant_id, at, kind, type, entity_id)
               VALUES ($1, now() - interval '1 minute', 'CREATED', 'Note', $1)""",
            house.tenant,
        )
        assert await find(events.relayed, waiting=3600.0) == []
        [late] = await find(events.relayed)
        assert (late.level, late.what.startswith("1 events have no position")) == (Level.WARNING, True)
        [later] = await find(events.relayed, waiting=1.0)
        assert later.level is Level.PROBLEM


async def test_without_the_owner_the_tenants_queues_are_not_looked_at(find: Find) -> None:
    for look in (queue.overdue, queue.dead, queue.paused, events.relayed, clocks.time_zones):
        [finding] = await find(look, owner=None)
        assert (finding.level, "MIGRATION_DATABASE_URL" in finding.what) == (Level.NOTE, True)
