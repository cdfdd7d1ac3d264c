"""The connections of a process, and what PostgreSQL says when something goes wrong, in our words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar, cast

import asyncpg
from sqlalchemy.orm import InstrumentedAttribute

from config import Settings
from errors import CareError, Conflict, Invalid, Suspended, Timeout, Unauthenticated, Unavailable

MARGIN = 2.0
"""Seconds after a statement's time is up within which PostgreSQL will have said so, if it still can."""

T = TypeVar("T")
Pool: TypeAlias = "asyncpg.Pool[Row]"


class Row(asyncpg.Record):
    """A row of a result: its columns are attributes, as those of the models are, and items."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def values_of(rows: Sequence[object], attribute: InstrumentedAttribute[T]) -> list[T]:
    """The values of one column of rows, in a third of the time that reading the attributes takes."""
    return list(map(itemgetter(attribute.key), cast(Sequence[Row], rows)))


def create_pool(settings: Settings) -> Pool:
    """Connects when it is first used, keeps what is used, and lets go of what was idle for minutes."""
    return asyncpg.create_pool(
        settings.database_url,
        min_size=0,
        max_size=settings.database_pool_size,
        record_class=Row,
        # Nothing is left on a connection but what a transaction sets for itself: ending that is all there is to do.
        reset=_leave_as_it_is,
        # What requests ask for is asked for again: a statement is parsed once for each connection.
        statement_cache_size=500,
        max_cached_statement_lifetime=0,
        # A query that is answered whole is a long statement, and one that is asked for often.
        max_cacheable_statement_size=100_000,
        timeout=settings.database_wait,
        server_settings={
            "application_name": "carenotes",
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": f"{settings.statement_timeout:.3f}s",
            "idle_in_transaction_session_timeout": "60s",
        },
    )


async def _leave_as_it_is(_: object) -> None:
    pass


@contextmanager
def our_errors() -> Iterator[None]:
    """Turns what the driver raises into a CareError where a client can do something about it.

    By SQLSTATE, never by message (PostgreSQL, appendix A): messages are translated, and on a distributed database they
    name the shard.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        ours = _ours(str(error.sqlstate or ""))
        if ours is None:
            raise
        raise ours from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        # The driver's own, of a connection that is gone. Of a value that it cannot encode, it is a ValueError as well.
        if isinstance(error, ValueError):
            raise
        raise Unavailable("The database went away; try again.") from error
    except (OSError, TimeoutError) as error:
        raise Unavailable("The database cannot be reached; try again.") from error


_BY_STATE: dict[str, Callable[[], CareError]] = {
    "57014": lambda: Timeout("The database took too long over this; ask for less."),
    "23505": lambda: Conflict("Something with these values exists already.", reason="DUPLICATE"),
    # What an exclusion constraint refuses; appointments have the only one.
    "23P01": lambda: Conflict("The practitioner has another appointment at that time.", reason="DOUBLE_BOOKED"),
    **dict.fromkeys(
        ("40001", "40P01", "55P03"),
        lambda: Conflict("Another change came between; try again.", reason="CONCURRENT_CHANGE"),
    ),
    **dict.fromkeys(("22021", "22P05"), lambda: Invalid("A text holds a character that cannot be stored.")),
    # Ours: see set_tenant in the migrations.
    "CN401": lambda: Unauthenticated("The tenant of this credential does not exist."),
    "CN403": lambda: Suspended("This tenant is suspended."),
}


def _ours(state: str) -> CareError | None:
    if state in _BY_STATE:
        return _BY_STATE[state]()
    # 08: connection, 53: out of resources, 57P: shutting down or starting.
    if state[:2] in ("08", "53") or state[:3] == "57P":
        return Unavailable("The database went away; try again.")
    return None
