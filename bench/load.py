"""Demo data: how long 100,000 notes take with search indexes, against keeping the indexes up; memory over a million."""

import secrets
import time
from datetime import UTC, datetime
from statistics import median

import asyncpg
import psutil

from bench.embedded import main
from bench.report import machine, table
from db.demo import Plan, load
from db.embedded import Servers
from db.migrate import migrate

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
MIB = 2**20
STAGES = ("notes", "indexes", "figures", "statistics")


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

    async def seconds(self, notes: int, indexes_kept: bool) -> dict[str, float]:
        """Of each stage, and of all."""
        owner, name = await self.fresh()
        if indexes_kept:
            # Into a database that holds something, the loader leaves the indexes in place.
            await load(owner, Plan(until=UNTIL, notes=10, tenants=1, seed=2), lambda *_: None)
        reached, seconds = time.monotonic(), dict.fromkeys(STAGES, 0.0)

        def clock(stage: str, _done: int, _total: int) -> None:
            nonlocal reached
            now = time.monotonic()
            seconds[stage] += now - reached
            reached = now

        summary = await load(owner, Plan(until=UNTIL, notes=notes), clock)
        await self.drop(name)
        return {**seconds, "all": summary.seconds}

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
    aside, kept = list[dict[str, float]](), list[dict[str, float]]()
    for _ in range(rounds):
        aside.append(await bench.seconds(notes, indexes_kept=False))
        kept.append(await bench.seconds(notes, indexes_kept=True))
    shipped, other = ({each: median(one[each] for one in runs) for each in runs[0]} for runs in (aside, kept))
    seconds, samples = await bench.memory(many)
    # From the first tenth on: before it, code and word lists are still being loaded.
    (_, (_, first), *_) = samples
    grown = max(rss for _, rss in samples) - first
    figures = {
        f"seconds_for_{notes}": shipped["all"],
        f"seconds_for_{notes}_indexes_kept": other["all"],
        "memory_growth_mib": grown,
        "memory_peak_mib": max(rss for _, rss in samples),
        f"seconds_for_{many}": seconds,
    }
    text = f"""{machine()}; embedded PostgreSQL 18. `python -m bench.load`: {rounds} rounds, interleaved, medians.

{
        table(
            [f"loading {notes:,} notes", "seconds", "ratio", *STAGES],
            [
                _line("indexes put aside and built at the end (as shipped)", shipped, shipped),
                _line("indexes and foreign keys kept up", other, shipped),
            ],
        )
    }

{many:,} notes took {seconds:.0f} s. Resident memory of the loading process, MiB, at each tenth:
{", ".join(f"{rss:.0f}" for _, rss in samples)}. It grew by {grown:.1f} MiB after the first tenth.
"""
    return figures, text


def _line(label: str, seconds: dict[str, float], shipped: dict[str, float]) -> list[str]:
    ratio = f"{seconds['all'] / shipped['all']:.2f}"
    return [label, f"{seconds['all']:.1f}", ratio, *(f"{seconds[stage]:.1f}" for stage in STAGES)]


if __name__ == "__main__":
    main("load", __doc__, measure)
