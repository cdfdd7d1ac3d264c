"""Notes that were there before the counts are counted by the migration that brings them."""

import asyncpg
from alembic import command
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrate
from db.migrate import migrate as migrate_to_head
from tests.conftest import DatabaseMaker
from tests.db.recounting import assert_exact


async def test_notes_of_before_are_counted(make_database: DatabaseMaker) -> None:
    database = await make_database(migrated=False)
    engine = create_async_engine(
        database.owner_url.replace("postgresql:", "postgresql+asyncpg:"), poolclass=pool.NullPool
    )

    def first_only(connection: Connection) -> None:
        config = migrate._config()
        config.attributes.update(connection=connection, app_role="carenotes_app")
        command.upgrade(config, "0001")
        connection.commit()

    async with engine.connect() as connection:
        await connection.run_sync(first_only)
    await engine.dispose()
    async with asyncpg.create_pool(database.owner_url, min_size=1, max_size=1) as owner:
        tenant = await owner.fetchval(_NOTES)
        await migrate_to_head(database.owner_url, database.app_url)
        assert len(await assert_exact(owner, tenant)) == 30


_NOTES = """
    WITH t AS (
        INSERT INTO tenants (id, slug, name, status, time_zone) VALUES (gen_random_uuid(), 'old', 'Old', 'ACTIVE', 'UTC')
        RETURNING id
    ), f AS (
        INSERT INTO facilities (tenant_id, id, name, time_zone, status)
        SELECT id, gen_random_uuid(), 'F', 'America/New_York', 'ACTIVE' FROM t RETURNING tenant_id, id
    ), p AS (
        INSERT INTO patients (tenant_id, id, facility_id, mrn, name, birth_date, time_zone, locale, status)
        SELECT tenant_id, gen_random_uuid(), id, 'M', 'N', '1950-01-01', 'UTC', 'en', 'ACTIVE' FROM f RETURNING id
    ), a AS (
        INSERT INTO practitioners (tenant_id, id, subject, name, email, role)
        SELECT id, gen_random_uuid(), 's', 'N', 'e', 'NURSE' FROM t RETURNING id
    ), n AS (
        INSERT INTO notes (tenant_id, id, patient_id, facility_id, author_id, category, priority, shift, status,
            effective_at, text)
        SELECT f.tenant_id, gen_random_uuid(), p.id, f.id, a.id, 'VITALS', 'LOW', 'DAY', 'PRELIMINARY',
            timestamptz '2026-03-07 00:00Z' + n * interval '97 minutes', 'T'
        FROM f, p, a, generate_series(1, 30) n
    )
    SELECT id FROM t
"""
