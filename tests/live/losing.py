"""Writers, followers who come and go, and servers that are killed under them: what each follower got, and what was written."""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from config import Settings
from db import outbox
from db.embedded import Servers
from db.event_kinds import FacilityEventKind
from db.scope import Database
from db.tables import Facility
from errors import CareError, Unavailable
from live.feed import Feed
from live.running import following
from tests.db.folders import ROOT, Folder
from tests.factories import House
from tests.live.relaying import RUNNING

WRITERS = 4


class Relays:
    """Processes of their own, which do nothing else."""

    def __init__(self, servers: Servers) -> None:
        self._environment = os.environ | {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        """Returns when it relays."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.live.relaying"),
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == RUNNING
        self._running.append(process)

    async def kill(self) -> None:
        process = self._running.pop(0)
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        while self._running:
            await self.kill()


class Run:
    def __init__(self, servers: Servers, folder: Folder, relays: Relays, house: House, seed: int) -> None:
        self.servers, self.folder, self.relays, self.house = servers, folder, relays, house
        self._random = random.Random(seed)
        self._commits, self._committed = 0, asyncio.Condition()
        self._writing = True
        self.total: int | None = None
        """Of events, once that is certain."""

    async def write(self, database: Database) -> None:
        """Transactions of one or two events, some of which commit later than others that began later."""
        while self._writing:
            try:
                async with database.write(self.house.tenant) as scope:
                    for _ in range(self._random.randint(1, 2)):
                        await self._found(scope)
                        await asyncio.sleep(self._random.choice((0, 0, 0.002, 0.01)))
            except CareError:
                await asyncio.sleep(0.05)  # the server is away, or nobody knows whether it was written
                continue
            async with self._committed:
                self._commits += 1
                self._committed.notify_all()

    async def _found(self, scope: Any) -> None:
        facility_id = uuid7()
        values = {"name": "Founded", "time_zone": "UTC", "status": "ACTIVE"}
        await scope.run(insert(Facility).values(tenant_id=scope.tenant_id, id=facility_id, **values))
        await outbox.append(scope, FacilityEventKind.CREATED, facility_id)

    async def commits(self, count: int) -> None:
        """Returns after so many more."""
        until = self._commits + count
        async with self._committed:
            await self._committed.wait_for(lambda: self._commits >= until)

    async def follow(self, feed: Feed) -> list[tuple[int, UUID]]:
        """From the beginning to the end, dropped and resumed again and again."""
        got: list[tuple[int, UUID]] = []
        while self.total is None or len(got) < self.total:
            stay = self._random.randint(1, 200)
            try:
                async with aclosing(feed.follow(self.house.tenant, got[-1][0] if got else 0)) as events:
                    async for event in events:
                        if len(got) == self.total:
                            break
                        got.append((event.position, event.id))
                        if not (stay := stay - 1):
                            break
            except Unavailable:
                await asyncio.sleep(0.05)
            await asyncio.sleep(self._random.random() / 20)
        return got

    async def kill_relay(self) -> None:
        """One of two: the other goes on where it was."""
        await self.relays.kill()

    async def kill_redis(self, keeping: bool) -> None:
        """`keeping`: what it wrote to its file is there when it comes back; else it has lost everything."""
        [redis] = self.folder.valkey.family.members()
        if not keeping:
            shutil.rmtree(self.folder.path / "valkey" / "appendonlydir")
        redis.kill()
        await asyncio.to_thread(redis.wait)

    async def restart_database(self, how: signal.Signals) -> None:
        """SIGINT: a fast shutdown, after which the embedded server is started again; SIGKILL: a crash."""
        postmaster = self.folder.postmaster()
        postmaster.send_signal(how)
        await asyncio.to_thread(postmaster.wait)

    async def through(self, faults: list[Callable[[], Awaitable[None]]], between: int, followers: int) -> None:
        """Ends with what must hold: each follower has every committed event, once, in the order of the stream."""
        settings = Settings(
            database_url=self.servers.database_url,
            redis_url=self.servers.redis_url,
            database_wait=2,
            database_pool_size=5,
        )
        database = Database(settings)
        async with _two_feeds(settings) as feeds, asyncio.TaskGroup() as group:
            writing = [group.create_task(self.write(database)) for _ in range(WRITERS)]
            following_ = [group.create_task(self.follow(feeds[n % 2])) for n in range(followers)]
            for fault in faults:
                await self.commits(between)
                await fault()
            await self.commits(between)
            self._writing = False
            await asyncio.wait(writing)
            committed, events = await self._written()
            self.total = len(events)
            # One more event wakes those who have everything already.
            async with database.write(self.house.tenant) as scope:
                await self._found(scope)
        await database.close()
        assert {entity for _, entity in events} == committed, "what was committed has its event, and nothing else has"
        assert [position for position, _ in events] == list(range(1, len(events) + 1))
        for task in following_:
            assert task.result() == events

    async def _written(self) -> tuple[set[UUID], list[tuple[int, UUID]]]:
        """The facilities that were founded, and the events, once the relays are done."""
        owner = await asyncpg.connect(self.servers.migration_database_url)
        while await owner.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.02)
        founded = await owner.fetch("SELECT id FROM facilities WHERE name = 'Founded'")
        events = await owner.fetch("SELECT position, entity_id FROM events ORDER BY position")
        await owner.close()
        return {row["id"] for row in founded}, [(row["position"], row["entity_id"]) for row in events]


@asynccontextmanager
async def _two_feeds(settings: Settings) -> AsyncIterator[tuple[Feed, Feed]]:
    """As two processes have them."""
    async with following(settings) as one, following(settings) as other:
        yield one, other
