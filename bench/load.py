"""Demo data: how long 100,000 notes take with search indexes, against keeping the indexes up; memory over a million."""

import asyncio
import secrets
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import asyncpg
import psutil

from bench.report import finish, machine, parser, publish, table
from db.demo import Plan, load
from db.embedded import Servers, running
from db.migrate import migrate

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
MIB = 2**20


class Bench:
    def __init__(self, servers: Servers) -> None:
        self.servers = servers

    async def fresh(self) -> tuple[str, str]:
        """A migrated, empty database: the owner's URL, and its name."""
        name = f"bench_{secrets.token_hex(4)}"
        admin = await asyncpg.connect(self.servers.admin_database_url)
        await admin.execute(f"CREATE DATABASE {name} OWNER carenotes_owner")
        await admin.close()
        owner, app = (
            url.replace("/carenotes?", f"/{name}?")
            for url in (self.servers.migration_database_url, self.servers.database_url)
        )
        await migrate(owner, app)
        return owner, name

    async def drop(self, name: str) -> None:
        admin = await asyncpg.connect(self.servers.admin_database_url)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()

    async def seconds(self, notes: int, indexes_kept: bool) -> float:
        owner, name = await self.fresh()
        if indexes_kept:
            # Into a database that holds something, the loader leaves the indexes in place.
            await load(owner, Plan(until=UNTIL, notes=10, tenants=1, seed=2), lambda *_: None)
        summary = await load(owner, Plan(until=UNTIL, notes=notes), lambda *_: None)
        await self.drop(name)
        return summary.seconds

    async def memory(self, notes: int) -> tuple[float, list[tuple[int, float]]]:
        """Seconds, and this process's resident memory in MiB at each tenth of the load."""
        owner, name = await self.fresh()
        process, samples = psutil.Process(), dict[int, float]()

        def sample(stage: str, done: int, total: int) -> None:
            if stage == "notes":
                samples.setdefault(done * 10 // total, process.memory_info().rss / MIB)

        summary = await load(owner, Plan(until=UNTIL, notes=notes), sample)
        await self.drop(name)
        return summary.seconds, sorted(samples.items())


async def measure(servers: Servers, quick: bool) -> tuple[dict[str, float], str]:
    bench = Bench(servers)
    notes, rounds, many = (10_000, 1, 50_000) if quick else (100_000, 3, 1_000_000)
    aside, kept = list[float](), list[float]()
    for _ in range(rounds):
        aside.append(await bench.seconds(notes, indexes_kept=False))
        kept.append(await bench.seconds(notes, indexes_kept=True))
    seconds, samples = await bench.memory(many)
    # From the first tenth on: before it, code and word lists are still being loaded.
    grown = max(rss for _, rss in samples) - dict(samples)[1]
    figures = {
        f"seconds_for_{notes}": median(aside),
        f"seconds_for_{notes}_indexes_kept": median(kept),
        "memory_growth_mib": grown,
        "memory_peak_mib": max(rss for _, rss in samples),
        f"seconds_for_{many}": seconds,
    }
    text = f"""{machine()}; embedded PostgreSQL 18. `python -m bench.load`: {rounds} rounds, interleaved, medians.

{
        table(
            [f"loading {notes:,} notes", "seconds", "ratio"],
            [
                ["indexes put aside and built at the end (as shipped)", f"{median(aside):.1f}", "1.00"],
                ["indexes and foreign keys kept up", f"{median(kept):.1f}", f"{median(kept) / median(aside):.2f}"],
            ],
        )
    }

{many:,} notes took {seconds:.0f} s. Resident memory of the loading process, MiB, at each tenth:
{", ".join(f"{rss:.0f}" for _, rss in samples)}. It grew by {grown:.1f} MiB after the first tenth.
"""
    return figures, text


def main() -> None:
    arguments = parser(__doc__ or "").parse_args()
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    try:
        with running(folder) as servers:
            figures, text = asyncio.run(measure(servers, arguments.quick))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if not arguments.quick:
        publish("load", text)
    finish("load", figures, arguments)


if __name__ == "__main__":
    main()
