"""The connections of a process, the last used ones at hand.

asyncpg's pool makes, counts, expires and closes them. But lending one and taking it back costs it a task, a future and a
timeout, a twentieth of a request; so those that were just used stay here, as long as nobody waits for one.
"""

import asyncio
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from config import Settings
from db.pool import create_pool

Connection: TypeAlias = Any  # asyncpg's, as its pool lends it

UNUSED = 60.0
"""Seconds after which a connection that was not needed goes back to the pool, which closes it after minutes."""


class Use(NamedTuple):
    """How many connections there are of each kind, how many requests wait for one, and the most that may be open."""

    in_use: int
    idle: int
    waiting: int
    most: int


class Connections:
    def __init__(self, settings: Settings) -> None:
        self.pool = create_pool(settings)
        self._opening: asyncio.Lock | None = asyncio.Lock()
        self._at_hand: list[Connection] = []
        self._waiting = 0
        self._not_needed = 0
        """How many at hand were never taken since they were last looked through."""
        self._look_through: asyncio.TimerHandle | None = None
        self._returning: list[asyncio.Future[None]] = []

    async def acquire(self) -> Connection:
        while self._at_hand:
            connection = self._at_hand.pop()
            self._not_needed = min(self._not_needed, len(self._at_hand))
            if _is_open(connection):
                return connection
            await self._into_pool(connection)
        if self._opening is not None:
            async with self._opening:  # two at once would each find the other at it
                await self.pool
            self._opening = None
        self._waiting += 1
        try:
            return await self.pool.acquire()
        finally:
            self._waiting -= 1

    async def release(self, connection: Connection) -> None:
        """Nothing is left on it but what a transaction set for itself, and that has ended."""
        if self._waiting or not _is_open(connection):
            await self._into_pool(connection)
            return
        self._at_hand.append(connection)
        if self._look_through is None:
            self._look_through = asyncio.get_running_loop().call_later(UNUSED, self._let_go)

    async def expire(self) -> None:
        """Those that are not in use may be dead: whoever asks next gets a new one."""
        while self._at_hand:
            drop(self._at_hand.pop())
        self._not_needed = 0
        await self.pool.expire_connections()

    @property
    def use(self) -> Use:
        idle = self.pool.get_idle_size() + len(self._at_hand)
        return Use(self.pool.get_size() - idle, idle, self._waiting, self.pool.get_max_size())

    @property
    def exhausted(self) -> bool:
        return self.pool.get_size() == self.pool.get_max_size() and not self.pool.get_idle_size()

    async def close(self, within: float) -> None:
        """Those in use are waited for, for so many seconds. A server that does not answer gets no farewell."""
        if self._opening is not None:
            return
        if self._look_through is not None:
            self._look_through.cancel()
        try:
            async with asyncio.timeout(within):
                for connection in self._at_hand:
                    await self._into_pool(connection)
                await self.pool.close()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.pool.terminate()

    def _let_go(self) -> None:
        old, self._at_hand = self._at_hand[: self._not_needed], self._at_hand[self._not_needed :]
        self._returning = [asyncio.ensure_future(self._into_pool(connection)) for connection in old]
        self._not_needed = len(self._at_hand)
        self._look_through = None
        if self._at_hand:
            self._look_through = asyncio.get_running_loop().call_later(UNUSED, self._let_go)

    async def _into_pool(self, connection: Connection) -> None:
        with suppress(asyncpg.InterfaceError, OSError):
            await self.pool.release(connection)


def _is_open(connection: Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # the pool has taken it back, when it saw it die


def drop(connection: Connection) -> None:
    """Closes it without a word to the server. The pool has taken it back already where the driver saw it die."""
    with suppress(asyncpg.InterfaceError, OSError):
        connection.terminate()
