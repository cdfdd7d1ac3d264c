"""Engines, and what PostgreSQL says when something goes wrong, in our words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from config import Settings
from errors import CareError, Conflict, Invalid, Timeout, Unavailable

MARGIN = 2.0
"""Seconds after a statement's time is up within which PostgreSQL will have said so, if it still can."""


def asyncpg_url(url: str) -> URL:
    """The address for SQLAlchemy. What libpq calls `sslmode`, asyncpg's connect() calls `ssl`."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    mode = address.query.get("sslmode")
    return address if mode is None else address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def create_engine(settings: Settings) -> AsyncEngine:
    """A pool of connections for requests: bounded, and quick to say that none is to be had."""
    assert settings.database_url, "db.servers.provided() sets it"
    return create_async_engine(
        asyncpg_url(settings.database_url),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_overflow,
        pool_timeout=settings.database_wait,
        # What a statement was given never reaches a log by way of an exception's message.
        hide_parameters=True,
        # For Scope: a server that is gone does not say so, and a network that swallows packets says nothing at all.
        execution_options={
            # A little later than the pool and the driver, whose own errors say more.
            "begin_within": settings.database_wait + 0.5,
            "answer_within": settings.statement_timeout + MARGIN,
        },
        connect_args={
            "timeout": settings.database_wait,
            "server_settings": {
                "application_name": "carenotes",
                "timezone": "UTC",
                "jit": "off",
                "statement_timeout": f"{settings.statement_timeout:.3f}s",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
    )


@contextmanager
def our_errors() -> Iterator[None]:
    """Turns what the driver raises into a CareError where a client can do something about it.

    By SQLSTATE, never by message (PostgreSQL, appendix A): messages are translated, and on a distributed database they
    name the shard.
    """
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("All database connections are busy; try again.") from error
    except DBAPIError as error:
        ours = _ours(error)
        if ours is None:
            raise
        raise ours from error
    except (OSError, TimeoutError) as error:
        raise Unavailable("The database cannot be reached; try again.") from error


_BY_STATE: dict[str, Callable[[], CareError]] = {
    "57014": lambda: Timeout("The database took too long over this; ask for less."),
    "23505": lambda: Conflict("Something with these values exists already.", reason="DUPLICATE"),
    **dict.fromkeys(
        ("40001", "40P01", "55P03"),
        lambda: Conflict("Another change came between; try again.", reason="CONCURRENT_CHANGE"),
    ),
    **dict.fromkeys(("22021", "22P05"), lambda: Invalid("A text holds a character that cannot be stored.")),
}


def _ours(error: DBAPIError) -> CareError | None:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state in _BY_STATE:
        return _BY_STATE[state]()
    # 08: connection, 53: out of resources, 57P: shutting down or starting. InterfaceError: asyncpg's own of a lost one.
    lost = error.connection_invalidated or isinstance(error, InterfaceError)
    if lost or state[:2] in ("08", "53") or state[:3] == "57P":
        return Unavailable("The database went away; try again.")
    return None
