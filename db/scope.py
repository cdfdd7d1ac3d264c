"""The unit of work of one tenant, and the only door to SQL.

    async with database.write(tenant_id) as scope:
        await scope.run(update(Note)...)

A Scope is one transaction on one connection, begun with the tenant set for that transaction alone, as a role that
row-level security binds. Statements still name the tenant: for the planner, and for a database sharded by it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
from sqlalchemy import Executable

from config import Settings
from db import pool
from db.connections import Connection, Connections, Use, drop
from db.pool import our_errors
from db.statements import Prepared, bound
from errors import Unavailable

PLATFORM = UUID(int=0)
"""Stands for the platform where a tenant is asked for: sees the tenants, and no row of any."""

T = TypeVar("T")
Watcher = Callable[[str, Sequence[object], float], None]

Ask = Callable[[Connection], Awaitable[Any]]

statement_watchers: list[Watcher] = []
"""Called with each statement that requests ran, its arguments, and the seconds it took."""

# Both in one round trip. READ: one snapshot for all statements of a query: a note that is seen has its patient, whatever
# happens meanwhile.
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_tenant('{}')"
_BEGIN_WRITE = "BEGIN; SELECT set_tenant('{}')"
_UNCERTAIN = (
    "The database went away at the last moment, and whether this was written is not known. "
    "Try again with the same `idempotencyKey`, or read before you do."
)


class Scope:
    """Begins with its first statement, so that a request which needs no row needs no connection."""

    def __init__(self, database: "Database", tenant_id: UUID, begin: str, watcher: Watcher | None = None) -> None:
        self.tenant_id, self._watcher = tenant_id, watcher
        self._database, self._begin_with = database, begin
        self._connection: Connection = None
        self._failure: Exception | None = None
        self._closed = False
        self.after_commit: Callable[[], None] | None = None
        """Called once what was written is there for others to see."""
        # A connection runs one statement at a time, and loaders fire together: here they queue.
        self._turn = asyncio.Lock()

    async def rows(self, statement: Executable | Prepared, of: type[T], **values: object) -> Sequence[T]:
        """All rows. They are `Row`s; `of` says which model's attributes they have.

        `values` are those of the statement's parameters that have none yet; `tenant_id` is the Scope's own.
        """
        return cast(Sequence[T], await self._execute("fetch", statement, values))

    async def row(self, statement: Executable | Prepared, of: type[T], **values: object) -> T | None:
        """The first row, or None."""
        return cast(T | None, await self._execute("fetchrow", statement, values))

    async def value(self, statement: Executable | Prepared, **values: object) -> Any:
        """The first column of the first row, or None."""
        return await self._execute("fetchval", statement, values)

    async def run(self, statement: Executable | Prepared, **values: object) -> int:
        """How many rows the statement changed."""
        tag = await self._execute("execute", statement, values)
        return int(tag.rsplit(" ", 1)[-1])

    @property
    def begun(self) -> bool:
        """Whether it has a snapshot, or is about to."""
        return self._connection is not None or self._turn.locked()

    async def glance(self, statement: Prepared, **values: object) -> Any:
        """The row of one statement that sets the tenant by itself: in a round trip of its own, as of now.

        For what need not be of one snapshot with the rest, and may make the rest unnecessary: the scope does not begin.
        """
        sql, arguments = bound(statement, {"tenant_id": self.tenant_id, **values})
        began = time.perf_counter()
        with our_errors():
            answer = await self._database.glance(sql, arguments)
        self._tell(sql, arguments, began)
        return answer

    async def commit(self) -> None:
        async with self._turn:
            if self._failure is not None:
                # PostgreSQL would answer that it has rolled back, and call that no error.
                raise self._failure
            if self._connection is None:
                return
            try:
                with our_errors():
                    await self._answer(self._connection.execute("COMMIT;"))
            except Unavailable as error:
                raise Unavailable(_UNCERTAIN) from error
        if self.after_commit is not None:
            self.after_commit()

    async def close(self) -> None:
        """Rolls back what was not committed. A scope that is closed answers no more.

        Where it could only read, nobody has to wait for that.
        """
        async with self._turn:
            self._closed = True
            connection, self._connection = self._connection, None
        if connection is None:
            return
        giving_back = self._database.give_back(connection)
        if self._begin_with == _BEGIN_READ:
            self._database.later(giving_back)
        else:
            await giving_back

    async def _execute(self, method: str, statement: Executable | Prepared, values: dict[str, object]) -> Any:
        sql, arguments = bound(statement, {"tenant_id": self.tenant_id, **values})
        async with self._turn:
            if self._closed:
                raise RuntimeError("this scope is closed")
            if self._failure is not None:
                # PostgreSQL runs nothing more in a transaction that failed: what comes later fails for the same reason.
                raise self._failure
            try:
                with our_errors():
                    if self._connection is None:
                        self._connection = await self._database.begin(self._begin_with.format(self.tenant_id))
                    began = time.perf_counter()
                    answer = await self._answer(getattr(self._connection, method)(sql, *arguments))
            except Exception as error:
                self._failure = error
                raise
        self._tell(sql, arguments, began)
        return answer

    def _tell(self, sql: str, arguments: Sequence[object], began: float) -> None:
        for watcher in (*statement_watchers, self._watcher) if self._watcher else statement_watchers:
            watcher(sql, arguments, time.perf_counter() - began)

    async def _answer(self, answer: Awaitable[Any]) -> Any:
        """Gives up what takes longer than PostgreSQL may. The connection is then of no use, so dropping it is how."""
        late = asyncio.get_running_loop().call_later(self._database.answer_within, drop, self._connection)
        try:
            return await answer
        finally:
            late.cancel()


class Database:
    """Opens Scopes."""

    def __init__(self, settings: Settings) -> None:
        assert settings.database_url, "db.servers.provided() sets it"
        self.url = settings.database_url
        self.connections = Connections(settings)
        # A server that is gone does not say so, and a network that swallows packets says nothing at all.
        self.begin_within = settings.database_wait
        self.answer_within = settings.statement_timeout + pool.MARGIN
        self._later = set[asyncio.Task[None]]()

    def read(self, tenant_id: UUID, watcher: Watcher | None = None) -> Scope:
        """A Scope that sees one snapshot and can change nothing. The caller closes it. `watcher` is told of its statements."""
        return Scope(self, tenant_id, _BEGIN_READ, watcher)

    @asynccontextmanager
    async def write(self, tenant_id: UUID, watcher: Watcher | None = None) -> AsyncIterator[Scope]:
        """A Scope that commits when the block ends and rolls back when it raises."""
        scope = Scope(self, tenant_id, _BEGIN_WRITE, watcher)
        try:
            yield scope
            await scope.commit()
        finally:
            await scope.close()

    def across_tenants(self) -> Scope:
        """For those who must find out whose turn it is: sees the tenants, and of theirs what functions tell the platform alone.

        Dispatchers ask `due_lanes` and `pending_rules`; relays and readers of streams the three at the end of migration 0005.
        """
        return Scope(self, PLATFORM, _BEGIN_READ)

    async def begin(self, begin: str) -> Connection:
        """A connection in a transaction. Raises Unavailable where none is to be had in time."""
        connection, _ = await self._first(lambda connection: connection.execute(begin))
        return connection

    async def glance(self, sql: str, arguments: Sequence[object]) -> Any:
        """The row of a statement that is a transaction by itself."""
        connection, row = await self._first(
            lambda connection: connection.fetchrow(sql, *arguments), within=self.answer_within
        )
        await self.connections.release(connection)
        return row

    async def _first(self, ask: Ask, within: float | None = None) -> tuple[Connection, Any]:
        """A connection, and what it answered to the first that was asked of it, `within` seconds from when it was had."""
        try:
            async with asyncio.timeout(self.begin_within) as patience:
                try:
                    return await self._asked(ask, patience, within)
                except (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError):
                    # A pooled connection may have died with a server that is back by now, and so have the others. Nothing
                    # has been done on it, so one more try is safe.
                    await self.connections.expire()
                    return await self._asked(ask, patience, within)
        except TimeoutError:
            if self.connections.exhausted:
                raise Unavailable("All database connections are busy; try again.") from None
            raise

    async def _asked(self, ask: Ask, patience: asyncio.Timeout, within: float | None) -> tuple[Connection, Any]:
        connection = await self.connections.acquire()
        if within is not None:
            patience.reschedule(asyncio.get_running_loop().time() + within)
        try:
            return connection, await ask(connection)
        except BaseException as error:
            cancelled = isinstance(error, asyncio.CancelledError) and not patience.expired()
            # A refusal leaves the connection as good as it was; whatever else it is, nobody knows what is on its way.
            if not (cancelled or isinstance(error, asyncpg.PostgresError)):
                drop(connection)
            await self.give_back(connection, cancelled)
            raise

    @property
    def use(self) -> Use:
        """Of its connections."""
        return self.connections.use

    async def give_back(self, connection: Connection, cancelled: bool = False) -> None:
        """Into the pool; or, where the server is not there to roll back, away, and the transaction with it.

        `cancelled`: the driver has asked PostgreSQL to stop, and what comes next waits until it has.
        """
        late = asyncio.get_running_loop().call_later(self.begin_within, drop, connection)
        try:
            if cancelled or connection.is_in_transaction():
                await connection.execute("ROLLBACK;")
        except BaseException as error:
            drop(connection)
            if not isinstance(error, Exception):
                raise
        finally:
            late.cancel()
            await self.connections.release(connection)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Does it while others go on; `close` waits for it."""
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._later)
        await self.connections.close(self.begin_within)
