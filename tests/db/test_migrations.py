"""The migrations make what the models say."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from db.migrate import head, migrate
from db.tables import Base
from tests.conftest import DatabaseMaker, TestDatabase


async def test_models_and_migrations_agree(fresh_database: TestDatabase) -> None:
    engine = create_async_engine(fresh_database.owner_url.replace("postgresql:", "postgresql+asyncpg:"))

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        # Alembic cannot read an index's operator classes back; the EXPLAIN tests see those indexes used.
        return [each for each in found if not (isinstance(each, tuple) and "gin_trgm_ops" in repr(each))]

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_migrating_twice_changes_nothing(fresh_database: TestDatabase) -> None:
    assert await migrate(fresh_database.owner_url, fresh_database.app_url) == (head(), head())


async def test_of_migrations_that_start_at_once_one_works(make_database: DatabaseMaker, cluster: object) -> None:
    database = await make_database(migrated=False)
    results = await asyncio.gather(*(migrate(database.owner_url, database.app_url) for _ in range(4)))
    assert sorted(results, key=str) == [(head(), head())] * 3 + [(None, head())]
