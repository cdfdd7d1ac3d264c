"""Whether ten million notes are felt: the same tenant, facilities, people and year with a hundred times the notes."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from statistics import median
from typing import Any

import asyncpg

from auth import Principal, Role
from bench.load import Bench
from bench.report import machine, table
from bench.stats import filling
from bench.stats.world import settings_for
from db.calendar import Bucket, Days
from db.embedded import Servers
from db.scope import Database
from loaders.daily_stats import DailyStats
from resolvers.context import Context

ROUNDS = 400
QUESTIONS = {
    "day": Days(date(2025, 6, 17), date(2025, 6, 17)),
    "year": Days(date(2025, 1, 1), date(2025, 12, 31), Bucket.MONTH),
}
TABLES = ("notes", "facility_days", "note_counts", "note_people")


class Size:
    """A database with so many notes."""

    def __init__(self, database: Database, context: Any, seconds: float, rows: dict[str, tuple[int, int]]) -> None:
        self.database, self.context, self.seconds, self.rows = database, context, seconds, rows
        self.taken: dict[str, list[float]] = {name: [] for name in QUESTIONS}

    async def ask(self, name: str) -> int:
        """As a request does, without the cache."""
        context: Context = self.context()
        began = time.perf_counter()
        figures = await DailyStats(QUESTIONS[name]).read(context.loaders.figures)
        await context.close()
        self.taken[name].append(time.perf_counter() - began)
        return sum(each.total for each in figures)


async def measure(servers: Servers, quick: bool) -> tuple[dict[str, float], str]:
    small, large = (10_000, 100_000) if quick else (100_000, 10_000_000)
    async with filled(servers, small) as few, filled(servers, large) as many:
        for name in QUESTIONS:
            for each in (few, many):
                for _ in range(10):
                    await each.ask(name)
                each.taken[name].clear()
            for _ in range(ROUNDS):
                for each in (few, many):
                    await each.ask(name)
        assert await few.ask("year") == small
        assert await many.ask("year") == large
    ratios = {f"{name}_ratio": median(many.taken[name]) / median(few.taken[name]) for name in QUESTIONS}
    return ratios, _text(small, large, few, many, ratios)


@asynccontextmanager
async def filled(servers: Servers, notes: int) -> AsyncIterator[Size]:
    bench = Bench(servers)
    owner_url, name = await bench.fresh()
    owner = await asyncpg.connect(owner_url)
    began = time.perf_counter()
    tenant = await filling.fill(owner, notes)
    seconds = time.perf_counter() - began
    rows = {
        each: (
            int(await owner.fetchval(f"SELECT count(*) FROM {each}")),
            int(await owner.fetchval("SELECT pg_total_relation_size($1::text::regclass)", each)),
        )
        for each in TABLES
    }
    await owner.close()
    settings = settings_for(servers, name)
    database, principal = Database(settings), Principal(tenant, "bench", Role.READER)
    yield Size(database, lambda: Context(database, settings, principal), seconds, rows)
    await database.close()
    await bench.drop(name)


def _text(small: int, large: int, few: Size, many: Size, ratios: dict[str, float]) -> str:
    asked = {"day": "a day, all facilities", "year": "a year by month, all facilities"}
    sizes = (few, many)
    times = table(
        ["`dailyStats`, not cached", f"{small:,} notes", f"{large:,} notes", "ratio"],
        [
            [asked[name], *(f"{median(each.taken[name]) * 1000:.2f} ms" for each in sizes), f"{ratio:.2f}"]
            for name, ratio in zip(QUESTIONS, ratios.values(), strict=True)
        ],
    )
    space = table(
        ["table", f"rows at {small:,}", "MiB", f"rows at {large:,}", "MiB"],
        [[f"`{name}`", *(cell for each in sizes for cell in _cells(each.rows[name]))] for name in TABLES],
    )
    return f"""{machine()}; embedded PostgreSQL 18. `python -m bench.stats --scale`: one tenant, {filling.FACILITIES}
facilities, {filling.PATIENTS} patients, {filling.AUTHORS} authors, the year 2025; {ROUNDS} rounds in turns, medians. By
COPY, with indexes (but for search) and counts: {few.seconds:.0f} s and {many.seconds:.0f} s.

{times}

{space}

`facility_days` has a row for each facility and day, `note_people` one for each of a facility's people with a note in a day or
month: both are full at some notes for each person and day, and do not grow any more. `note_counts` has up to 720 combinations
for each facility and day; `dailyStats` does not read it.
"""


def _cells(rows_and_bytes: tuple[int, int]) -> tuple[str, str]:
    rows, size = rows_and_bytes
    return f"{rows:,}", f"{size / 2**20:,.1f}"
