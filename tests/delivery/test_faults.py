"""Dispatchers, the database and Redis die by SIGKILL while reminders are sent: each is sent, settled once, and none is lost."""

import asyncio
import secrets
import shutil
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

import asyncpg
from limits import parse

from config import Settings
from db.embedded import programs, running
from db.embedded.account import account
from db.embedded.valkey import Valkey
from db.migrate import migrate
from db.redis import connect
from db.scope import Database
from db.vocabulary import Channel
from delivery.gates.gate import Gate
from tests.conftest import TestDatabase
from tests.delivery import killable
from tests.delivery.dispatching import QUICK, Provider, dispatching, nothing_due, queued, states
from tests.endpoint.test_database_killed import postmaster
from tests.factories import House
from tests.reminding import due

REMINDERS = 600
SECONDS_TO_RECOVER = 15


async def settled(house: House) -> None:
    async with asyncio.timeout(60):
        while await queued(house):
            await asyncio.sleep(0.02)


async def count_reaches(file: Path, lines: int) -> None:
    async with asyncio.timeout(30):
        while sum(killable.taken(file).values()) < lines:
            await asyncio.sleep(0.005)


async def sent_and_settled_once(house: House, made: list[UUID], taken: Counter[UUID]) -> None:
    assert set(taken) == set(made), "each was sent"
    assert {state[:3] for state in (await states(house)).values()} == {("SENT", None, "EMAIL")}
    accepted = await house.pool.fetch(
        """SELECT count(*) FILTER (WHERE outcome = 'ACCEPTED') AS accepted, count(*) AS attempts, max(number) AS last
           FROM delivery_attempts WHERE tenant_id = $1 GROUP BY reminder_id""",
        house.tenant,
    )
    assert len(accepted) == len(made)
    assert {row["accepted"] for row in accepted} == {1}, "settled once"
    assert all(row["attempts"] == row["last"] for row in accepted), "what a dead dispatcher began is on record"


async def kill_while_sending(database: TestDatabase, folder: Path, lease: float) -> float:
    """Two dispatchers whose clocks differ by an hour; then one is killed. How many seconds until all was settled."""
    file = folder / secrets.token_hex(4)
    file.touch()
    async with asyncpg.create_pool(database.owner_url, min_size=1, max_size=2) as owner:
        house, other_house = await House.build(owner), await House.build(owner)
        doomed, other = [await killable.started(database.app_url, file, lease, ahead) for ahead in (0, 3600)]
        made = await due(house, REMINDERS)
        await settled(house)
        assert set(killable.taken(file).values()) == {1}
        await sent_and_settled_once(house, made, killable.taken(file))

        made = await due(other_house, REMINDERS)
        await count_reaches(file, REMINDERS + REMINDERS // 3)
        doomed.kill()
        await doomed.wait()
        killed = time.monotonic()
        await settled(other_house)
        took = time.monotonic() - killed
        other.terminate()
        await other.wait()
        lost = await owner.fetchval(
            "SELECT count(*) FROM delivery_attempts WHERE tenant_id = $1 AND error_code = 'LEASE_EXPIRED'",
            other_house.tenant,
        )
        taken = Counter({reminder: n for reminder, n in killable.taken(file).items() if reminder in set(made)})
        await sent_and_settled_once(other_house, made, taken)
        assert lost > 0, "it died while it was sending"
        assert sum(taken.values()) - REMINDERS <= lost, "nothing else was sent twice"
    return took


async def test_a_dispatcher_is_killed_while_it_sends(queue_database: TestDatabase, tmp_path: Path) -> None:
    # With a lease of a second: how long the one that is shipped takes is for the soak.
    assert await kill_while_sending(queue_database, tmp_path, lease=1) < SECONDS_TO_RECOVER


async def test_database_and_redis_are_killed_while_reminders_are_sent() -> None:
    assert await kill_the_servers() < SECONDS_TO_RECOVER


async def kill_the_servers() -> float:
    """How many seconds from the first kill until all was settled."""
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    with running(folder) as servers:
        await migrate(servers.migration_database_url, servers.database_url)
        async with asyncpg.create_pool(servers.migration_database_url, min_size=1, max_size=1) as owner:
            house = await House.build(owner)
            made = await due(house, REMINDERS)
        settings = Settings(database_url=servers.database_url, redis_url=servers.redis_url, database_wait=2)
        database, redis = Database(settings), connect(settings)
        valkey, killed = Valkey(folder, folder, account(), programs.installed()), 0.0

        async def kill_in_the_middle() -> None:
            nonlocal killed
            await asyncio.sleep(0)
            if sum(mail.taken.values()) == REMINDERS // 3:
                killed = time.monotonic()
                postmaster(folder).send_signal(signal.SIGKILL)
                for process in valkey.family.members():
                    process.send_signal(signal.SIGKILL)

        mail = Provider(meanwhile=kill_in_the_middle)
        gate = Gate(redis, {Channel.EMAIL: parse("100000/second")})
        async with dispatching(database, {Channel.EMAIL: mail}, QUICK, gate):
            async with asyncio.timeout(60):
                while len(mail.taken) < REMINDERS:
                    await asyncio.sleep(0.05)
            async with asyncpg.create_pool(servers.migration_database_url, min_size=1, max_size=1) as owner:
                house.pool = owner
                await nothing_due(house)
                took = time.monotonic() - killed
                await sent_and_settled_once(house, made, mail.taken)
        await redis.aclose()
        await database.close()
    shutil.rmtree(folder)
    return took
