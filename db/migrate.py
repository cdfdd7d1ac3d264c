"""Brings the schema up to date, as the role that owns it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from db.pool import our_errors

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
        with _our_errors():
            async with engine.connect() as lock:
                # On a connection of its own: a distributed database cannot hold it in the transaction that migrates.
                await lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                async with engine.connect() as connection:
                    return await connection.run_sync(_upgrade, make_url(app_url).username)
    finally:
        await engine.dispose()


def asyncpg_url(url: str) -> URL:
    """The address for SQLAlchemy. What libpq calls `sslmode`, asyncpg's connect() calls `ssl`."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    mode = address.query.get("sslmode")
    return address if mode is None else address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


@contextmanager
def _our_errors() -> Iterator[None]:
    """Ours, of what SQLAlchemy has wrapped around the driver's."""
    with our_errors():
        try:
            yield
        except DBAPIError as error:
            raise (error.orig and error.orig.__cause__) or error from error


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
