"""Brings the schema up to date, as the role that owns it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from db.engine import asyncpg_url, our_errors

_LOCK = 0x63617265  # "care": an arbitrary key that only migrations take


def head() -> str:
    """The revision that this code needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def migrate(owner_url: str, app_url: str) -> tuple[str | None, str]:
    """Runs what is missing and returns the revisions before and after. Of several that start at once, one works.

    The role that `app_url` logs in as is granted what the application needs, and no more.
    """
    engine = create_async_engine(asyncpg_url(owner_url), poolclass=pool.NullPool)
    try:
        with our_errors():
            async with engine.connect() as lock:
                # On a connection of its own: a distributed database cannot hold it in the transaction that migrates.
                await lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                async with engine.connect() as connection:
                    return await connection.run_sync(_upgrade, make_url(app_url).username)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, app_role: str | None) -> tuple[str | None, str]:
    config = _config()
    config.attributes.update(connection=connection, app_role=app_role)
    before = _revision(connection)
    command.upgrade(config, "head")
    connection.commit()
    return before, head()


def _revision(connection: Connection) -> str | None:
    exists = connection.scalar(text("SELECT to_regclass('alembic_version')"))
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version")) if exists else None
    connection.rollback()
    return revision


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
