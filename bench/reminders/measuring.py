"""Databases with so many reminders, and dispatchers that empty them: how many a second, and what each costs."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asyncpg
import psutil

from bench.load import Bench
from bench.reminders.filling import Load, fill
from bench.stats.world import settings_for
from db.embedded import Servers

ROOT = Path(__file__).parents[2]


@dataclass
class Case:
    """One load, emptied by so many processes, once in each round."""

    name: str
    title: str
    load: Load
    processes: int = 1
    rates: list[float] = field(default_factory=list)
    dispatchers: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    """Microseconds of processor time for each reminder."""

    @property
    def rate(self) -> float:
        return median(self.rates)


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


class Emptying:
    def __init__(self, servers: Servers, postmaster: psutil.Process) -> None:
        self._servers, self._postmaster, self._bench = servers, postmaster, Bench(servers)

    @asynccontextmanager
    async def filled(self, load: Load) -> AsyncIterator[str]:
        """A database to make copies of."""
        _, name = await self._bench.fresh()
        admin = await asyncpg.connect(self.on(name))
        await fill(admin, load)
        await admin.close()
        yield name
        await self._bench.drop(name)

    @asynccontextmanager
    async def copied(self, template: str) -> AsyncIterator[str]:
        """A copy of a database that was filled."""
        name = f"bench_{secrets.token_hex(4)}"
        admin = await asyncpg.connect(self._servers.admin_database_url)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        await admin.execute("CHECKPOINT")
        await admin.close()
        yield name
        await self._bench.drop(name)

    async def run(self, case: Case, template: str, *options: str) -> None:
        """Once more, in a copy of the template. `options` are those of the worker."""
        async with self.copied(template) as name:
            await self._run(case, name, options)

    async def _run(self, case: Case, name: str, options: Sequence[str]) -> None:
        workers = [await self.worker(name, *options) for _ in range(case.processes)]
        before = self._cpu()
        said = await asyncio.gather(*(worker.communicate(b"\n") for worker in workers))
        answers = [json.loads(answer) for answer, _ in said]
        cpu = self._cpu() - before
        await self._check(name, case.load.due)
        case.rates.append(case.load.due / max(answer["seconds"] for answer in answers))
        case.dispatchers.append(1e6 * sum(answer["cpu"] for answer in answers) / case.load.due)
        case.postgres.append(1e6 * cpu / case.load.due)

    async def worker(self, database: str, *options: str) -> asyncio.subprocess.Process:
        """One that is ready to begin."""
        settings = settings_for(self._servers, database)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.reminders.worker", *options),
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": str(settings.database_url), "REDIS_URL": str(settings.redis_url)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert (await process.stdout.readline()).strip() == b"ready"
        return process

    async def _check(self, database: str, due: int) -> None:
        """Each was sent and settled once."""
        admin = await asyncpg.connect(self.on(database))
        sent = await admin.fetchval("SELECT count(*) FROM reminders WHERE status = 'SENT' AND attempt_count = 1")
        attempts = await admin.fetchval("SELECT count(*) FROM delivery_attempts WHERE outcome = 'ACCEPTED'")
        assert (sent, attempts) == (due, due), f"{sent} sent, {attempts} attempts"
        await admin.close()

    def on(self, database: str) -> str:
        """The database's URL, as a superuser."""
        return self._servers.admin_database_url.replace("/postgres?", f"/{database}?").replace(
            "/carenotes?", f"/{database}?"
        )

    def _cpu(self) -> float:
        """Processor seconds of the server so far, with those of its processes that have ended."""
        spent = 0.0
        for process in (self._postmaster, *self._postmaster.children()):
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            spent += times.user + times.system
            if process == self._postmaster:
                spent += times.children_user + times.children_system
        return spent
