"""`carenotes doctor`, as an operator uses it."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from config import Settings
from doctor.checks import Check, Finding, Level
from doctor.checkup import CHECKS, look, worst
from doctor.subject import Subject, opened
from tests.conftest import Run, TestDatabase


async def test_a_fresh_installation_has_no_problem(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, fresh_database: TestDatabase
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database.app_url)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", fresh_database.owner_url)
    status, printed, said = await asyncio.to_thread(carenotes, "doctor", "--json")
    told = json.loads(printed)
    assert (status, told["worst"] in ("OK", "NOTE"), said) == (0, True, ""), told
    assert [check["name"] for check in told["checks"]] == [check.name for check in CHECKS]
    assert all(check["about"].endswith(".") for check in told["checks"])


async def test_a_problem_is_told_with_what_to_do(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, fresh_database: TestDatabase
) -> None:
    owner = await asyncpg.connect(fresh_database.owner_url)
    await owner.execute("DROP INDEX notes_by_time")
    await owner.close()
    monkeypatch.setenv("DATABASE_URL", fresh_database.app_url)
    status, printed, said = await asyncio.to_thread(carenotes, "doctor")
    assert status == 1
    assert "The index notes_by_time is missing." in printed
    assert "CREATE INDEX notes_by_time ON notes (tenant_id, effective_at, id);" in printed
    assert "1 problems" in said


def test_a_database_that_is_away_is_the_one_finding(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/x?host={tmp_path}")
    status, printed, _ = carenotes("doctor", "--json")
    [check] = json.loads(printed)["checks"]
    assert (status, check["level"]) == (1, "PROBLEM")
    assert "cannot be reached" in check["findings"][0]["what"]


async def test_a_check_that_may_not_look_keeps_no_other_from_it(settings: Settings) -> None:
    async def shut(on: Subject) -> AsyncIterator[Finding]:
        await on.app.execute("SELECT * FROM pg_authid")
        yield Finding(Level.OK, "never")

    async with opened(settings) as on:
        result = await look(Check("a", "shut", "It looks.", shut), on)
    assert worst([result]) is Level.WARNING
    assert "permission denied" in result.findings[0].what


async def test_it_changes_nothing(settings: Settings) -> None:
    async with opened(settings) as on:
        assert on.owner is not None
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await on.owner.execute("DELETE FROM idempotency_keys")
