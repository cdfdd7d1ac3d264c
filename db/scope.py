"""The unit of work of one tenant, and the only door to SQL.

    async with database.write(tenant_id) as scope:
        await scope.run(update(Note)...)

A Scope is one transaction on one connection, begun with the tenant set for that transaction alone, as a role that
row-level security binds. Statements still name the tenant: for the planner, and for a database sharded by it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import CursorResult, Executable, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.engine import our_errors
from db.vocabulary import TenantStatus
from errors import Forbidden, Unauthenticated, Unavailable

PLATFORM = UUID(int=0)
"""Stands for the platform where a tenant is asked for: sees the tenants, and no row of any."""

T = TypeVar("T")
_SET_TENANT = text("SELECT set_tenant(:tenant)")
_UNCERTAIN = (
    "The database went away at the last moment, and whether this was written is not known. "
    "Try again with the same `idempotencyKey`, or read before you do."
)


class Scope:
    """Begins with its first statement, so that a request which needs no row needs no connection."""

    def __init__(self, engine: AsyncEngine, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._failure: Exception | None = None
        self._closed = False
        # A connection runs one statement at a time, and loaders fire together: here they queue.
        self._turn = asyncio.Lock()

    async def rows(self, statement: Executable, of: type[T]) -> Sequence[T]:
        """All rows. They are SQLAlchemy's `Row`s; `of` says which model's attributes they have."""
        return cast(Sequence[T], (await self._execute(statement)).all())

    async def row(self, statement: Executable, of: type[T]) -> T | None:
        """The first row, or None."""
        return cast(T | None, (await self._execute(statement)).first())

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await self._execute(statement)).scalar()

    async def run(self, statement: Executable) -> int:
        """How many rows the statement changed."""
        return (await self._execute(statement)).rowcount

    async def commit(self) -> None:
        async with self._turn:
            if self._connection is None:
                return
            try:
                with our_errors():
                    async with self._within("answer_within"):
                        await self._connection.commit()
            except Unavailable as error:
                raise Unavailable(_UNCERTAIN) from error

    async def close(self) -> None:
        """Rolls back what was not committed. A scope that is closed answers no more."""
        async with self._turn:
            self._closed = True
            connection, self._connection = self._connection, None
            if connection is not None:
                await self._release(connection)

    async def _release(self, connection: AsyncConnection) -> None:
        """Back into the pool; or, where the server is not there to roll back, away, and the transaction with it."""
        with suppress(DBAPIError, OSError, TimeoutError):
            async with self._within("begin_within"):
                await connection.close()

    async def _execute(self, statement: Executable) -> CursorResult[Any]:
        async with self._turn:
            if self._closed:
                raise RuntimeError("this scope is closed")
            if self._failure is not None:
                # PostgreSQL runs nothing more in a transaction that failed: what comes later fails for the same reason.
                raise self._failure
            try:
                with our_errors():
                    if self._connection is None:
                        self._connection = await self._begin()
                    async with self._within("answer_within"):
                        return await self._connection.execute(statement)
            except Exception as error:
                self._failure = error
                raise

    async def _begin(self) -> AsyncConnection:
        try:
            return await self._connect()
        except Unavailable as error:
            # A pooled connection may have died with a server that is back by now. Nothing has been done on it, so
            # one more try is safe; SQLAlchemy has thrown the other dead ones away. Not after a wait: the time is up.
            if isinstance(error.__cause__, TimeoutError | PoolTimeout):
                raise
            return await self._connect()

    async def _connect(self) -> AsyncConnection:
        with our_errors():
            async with self._within("begin_within"):
                return await self._admitted()

    async def _admitted(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            status = await connection.scalar(_SET_TENANT, {"tenant": self.tenant_id})
            if self.tenant_id != PLATFORM:
                _admit(status)
        except BaseException:
            await self._release(connection)
            raise
        return connection

    def _within(self, patience: str) -> asyncio.Timeout:
        """Cancels what takes longer than the engine has patience for; SQLAlchemy then throws the connection away."""
        return asyncio.timeout(self._engine.get_execution_options()[patience])


def _admit(status: str | None) -> None:
    if status is None:
        raise Unauthenticated("The tenant of this credential does not exist.")
    if status != TenantStatus.ACTIVE:
        raise Forbidden("This tenant is suspended.")


class Database:
    """Opens Scopes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        # One snapshot for all statements of a query: a note that is seen has its patient, whatever happens meanwhile.
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def read(self, tenant_id: UUID) -> Scope:
        """A Scope that sees one snapshot and can change nothing. The caller closes it."""
        return Scope(self._reading, tenant_id)

    @asynccontextmanager
    async def write(self, tenant_id: UUID) -> AsyncIterator[Scope]:
        """A Scope that commits when the block ends and rolls back when it raises."""
        scope = Scope(self.engine, tenant_id)
        try:
            yield scope
            await scope.commit()
        finally:
            await scope.close()

    async def close(self) -> None:
        # A server that does not answer gets no farewell.
        with suppress(TimeoutError):
            async with asyncio.timeout(self.engine.get_execution_options()["begin_within"]):
                await self.engine.dispose()
