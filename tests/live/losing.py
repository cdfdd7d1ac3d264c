"""Writers, subscribers who come and go, and servers that are killed under them: what each got, and what was written."""

import asyncio
import random
import shutil
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from config import Settings
from db import outbox
from db.embedded import Servers
from db.event_kinds import NoteEventKind
from db.scope import Database
from db.tables import Note
from errors import CareError
from ids import encode
from live.running import hinting
from tests.db.folders import Folder
from tests.factories import House
from tests.live.processes import Processes
from tests.live.subscriber import CATEGORIES, Subscriber

WRITERS = 4


class Run:
    def __init__(self, servers: Servers, folder: Folder, processes: Processes, house: House, seed: int) -> None:
        self.servers, self.folder, self.processes, self.house = servers, folder, processes, house
        self.settings = Settings(database_url=servers.database_url, redis_url=servers.redis_url, database_wait=2)
        self._random = random.Random(seed)
        self._commits, self._committed = 0, asyncio.Condition()
        self._writing = True

    async def _write(self, database: Database) -> None:
        """Transactions of one or two events, some of which commit later than others that began later."""
        while self._writing:
            try:
                async with database.write(self.house.tenant) as scope:
                    for _ in range(self._random.randint(1, 2)):
                        await self._note(scope)
                        await asyncio.sleep(self._random.choice((0, 0, 0.002, 0.01)))
            except CareError:
                await asyncio.sleep(0.05)  # the server is away, or nobody knows whether it was written
                continue
            async with self._committed:
                self._commits += 1
                self._committed.notify_all()

    async def _note(self, scope: Any) -> None:
        note_id, house = uuid7(), self.house
        values = {
            "patient_id": house.patients[0],
            "facility_id": house.facilities[0],
            "author_id": house.practitioners[0],
            "category": self._random.choice(CATEGORIES),
            "priority": "NORMAL",
            "shift": "DAY",
            "status": "PRELIMINARY",
            "effective_at": datetime.now(UTC),
            "text": "Written under fire.",
        }
        await scope.run(insert(Note).values(tenant_id=scope.tenant_id, id=note_id, **values))
        await outbox.append(scope, NoteEventKind.CREATED, note_id)

    async def _commits_more(self, count: int) -> None:
        until = self._commits + count
        async with self._committed:
            await self._committed.wait_for(lambda: self._commits >= until)

    async def kill_server(self) -> None:
        """One of two; it is started again."""
        await self.processes.kill_server(self._random.randrange(2))

    async def kill_relay(self) -> None:
        """The only one; it is started again."""
        await self.processes.kill_relay()

    async def kill_redis(self, keeping: bool) -> None:
        """`keeping`: what it wrote to its file is there when it comes back; else it has lost everything."""
        while not (members := self.folder.valkey.family.members()):
            await asyncio.sleep(0.05)  # it was killed a moment ago
        [redis] = members
        if not keeping:
            shutil.rmtree(self.folder.path / "valkey" / "appendonlydir")
        redis.kill()
        await asyncio.to_thread(redis.wait)

    async def restart_database(self, how: signal.Signals) -> None:
        """SIGINT: a fast shutdown, after which the embedded server is started again; SIGKILL: a crash."""
        while (found := self.folder.postgres.postmaster()) is None:
            await asyncio.sleep(0.05)
        postmaster = found[0]
        postmaster.send_signal(how)
        await asyncio.to_thread(postmaster.wait)

    async def through(
        self, faults: list[Callable[[], Awaitable[None]]], between: int, subscribers: list[Subscriber]
    ) -> int:
        """Ends with what must hold: each has every committed event that it asked for, once, in the order of the stream.

        Gives the number of events.
        """
        database = Database(self.settings)
        async with hinting(self.settings), asyncio.TaskGroup() as group:
            writing = [group.create_task(self._write(database)) for _ in range(WRITERS)]
            listening = [group.create_task(each.listen()) for each in subscribers]
            for fault in faults:
                await self._commits_more(between)
                await fault()
            await self._commits_more(between)
            self._writing = False
            await asyncio.wait(writing)
            committed, events = await self._written()
            for each in subscribers:
                each.until([encode("Note", note_id) for note_id, category in events if each.wants(category)])
            await asyncio.wait(listening)
        await database.close()
        assert {note_id for note_id, _ in events} == committed, "what was committed has its event, and nothing else has"
        for each in subscribers:
            assert each.got == each.expected
        return len(events)

    async def _written(self) -> tuple[set[UUID], list[tuple[UUID, str]]]:
        """The notes, and the events in their order, once the relay is done."""
        owner = await asyncpg.connect(self.servers.migration_database_url)
        while await owner.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.02)
        notes = await owner.fetch("SELECT id FROM notes")
        events = await owner.fetch("SELECT position, entity_id, payload ->> 'category' c FROM events ORDER BY position")
        await owner.close()
        assert [row["position"] for row in events] == list(range(1, len(events) + 1))
        return {row["id"] for row in notes}, [(row["entity_id"], row["c"]) for row in events]
