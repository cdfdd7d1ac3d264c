"""Loading demo data: the same every time, and all there or not at all."""

from datetime import UTC, datetime

import asyncpg
import pytest

from db.demo import Plan, Summary, load
from db.demo.rows import TABLES
from db.tables import Base
from errors import Conflict
from tests.conftest import DatabaseMaker, TestDatabase
from tests.db.demo_plan import PLAN, quiet


async def checksums(url: str) -> dict[str, str]:
    """Of each table's rows, whatever their order on disk, which depends on the batches."""
    connection = await asyncpg.connect(url)
    try:
        return {
            table: await connection.fetchval(f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {table} t")
            for table in TABLES.values()
        }
    finally:
        await connection.close()


async def structure(url: str) -> set[str]:
    """Every index and constraint, in PostgreSQL's words."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated "
            "FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        )
        return {row["definition"] for row in rows}
    finally:
        await connection.close()


async def test_the_same_plan_makes_the_same_rows(
    loaded: tuple[TestDatabase, Summary], make_database: DatabaseMaker
) -> None:
    again = await make_database()
    await load(again.owner_url, PLAN, quiet, batch=77)
    assert await checksums(again.owner_url) == await checksums(loaded[0].owner_url)


async def test_a_load_leaves_the_tables_as_they_were(
    loaded: tuple[TestDatabase, Summary], fresh_database: TestDatabase
) -> None:
    after = await structure(loaded[0].owner_url)
    assert after == await structure(fresh_database.owner_url)
    indexes = {str(index.name) for table in Base.metadata.tables.values() for index in table.indexes}
    assert all(any(f" {name} " in definition for definition in after) for name in indexes)


@pytest.mark.parametrize("stage", ["notes", "indexes", "figures"])
async def test_an_interrupted_load_leaves_nothing(fresh_database: TestDatabase, stage: str) -> None:
    before = await structure(fresh_database.owner_url)

    def interrupt(now: str, done: int, total: int) -> None:
        if now == stage and done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await load(fresh_database.owner_url, PLAN, interrupt, batch=300)
    assert await structure(fresh_database.owner_url) == before
    assert set((await checksums(fresh_database.owner_url)).values()) == {None}


async def test_a_second_load_needs_another_seed(fresh_database: TestDatabase) -> None:
    plan = Plan(until=PLAN.until, notes=300, tenants=2, days=5)
    await load(fresh_database.owner_url, plan, quiet)
    before = await structure(fresh_database.owner_url)
    with pytest.raises(Conflict, match=r"sunrise-care|harbour-care"):
        await load(fresh_database.owner_url, plan, quiet)
    second = Plan(until=plan.until, notes=300, tenants=2, days=5, seed=2)
    seen: list[str] = []
    summary = await load(fresh_database.owner_url, second, lambda stage, *_: seen.append(stage))
    assert [tenant.slug for tenant in summary.tenants] == ["sunrise-care-s2", "harbour-care-s2"]
    assert "indexes" not in seen
    assert await structure(fresh_database.owner_url) == before


@pytest.mark.parametrize("notes", [0, 1, 7])
async def test_tiny_plans_work(fresh_database: TestDatabase, notes: int) -> None:
    plan = Plan(until=datetime(2026, 1, 1, tzinfo=UTC), notes=notes, tenants=12, days=1)
    assert (await load(fresh_database.owner_url, plan, quiet)).rows["notes"] == notes
