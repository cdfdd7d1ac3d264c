"""The demo data that were loaded: as planned, and plausible."""

from collections import Counter
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from db.demo import FIRST_SLUG, Summary
from db.signature import content_hash
from db.vocabulary import shift_of
from resolvers import checks
from tests.conftest import TestDatabase
from tests.db.demo_plan import PLAN
from tests.db.recounting import assert_exact


@pytest.fixture
async def sql(loaded: tuple[TestDatabase, Summary]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(loaded[0].owner_url)
    yield connection
    await connection.close()


async def test_everything_is_counted(loaded: tuple[TestDatabase, Summary], sql: asyncpg.Connection) -> None:
    summary = loaded[1]
    assert summary.rows["notes"] == PLAN.notes
    assert summary.rows["tenants"] == PLAN.tenants
    for table, count in summary.rows.items():
        assert await sql.fetchval(f"SELECT count(*) FROM {table}") == count > 0
    first = summary.tenants[0]
    assert (first.slug, first.name, len(summary.tenants)) == (FIRST_SLUG, "Sunrise Care", 3)
    assert await sql.fetchval(
        "SELECT count(*) FROM practitioners WHERE tenant_id = $1 AND subject = $2", first.id, first.subject
    )


async def test_the_notes_are_counted(loaded: tuple[TestDatabase, Summary]) -> None:
    async with asyncpg.create_pool(loaded[0].owner_url, min_size=1, max_size=1) as owner:
        found = [len(await assert_exact(owner, tenant.id)) for tenant in loaded[1].tenants]
    assert sum(found) == pytest.approx(PLAN.notes * 0.97, rel=0.02), "all but those entered in error"


async def test_tenants_differ_in_size_and_have_several_facilities(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        "SELECT slug, (SELECT count(*) FROM notes n WHERE n.tenant_id = t.id) AS notes,"
        " (SELECT count(*) FROM facilities f WHERE f.tenant_id = t.id) AS facilities,"
        " (SELECT count(DISTINCT time_zone) FROM facilities f WHERE f.tenant_id = t.id) AS zones,"
        " (SELECT count(*) FROM practitioners p WHERE p.tenant_id = t.id) AS practitioners,"
        " (SELECT count(*) FROM patients p WHERE p.tenant_id = t.id) AS patients"
        " FROM tenants t ORDER BY notes DESC"
    )
    assert [row["notes"] for row in rows] == [1091, 545, 364]
    assert rows[0]["slug"] == FIRST_SLUG
    assert all(2 <= row["zones"] == row["facilities"] <= 8 for row in rows)
    assert all(row["practitioners"] >= 6 and row["patients"] >= 20 for row in rows)


async def test_notes_have_plausible_shares(sql: asyncpg.Connection) -> None:
    notes = await sql.fetch("SELECT status, late_entry, text FROM notes")
    share = {status: count / len(notes) for status, count in Counter(note["status"] for note in notes).items()}
    assert share == {
        "FINAL": pytest.approx(0.80, abs=0.04),
        "PRELIMINARY": pytest.approx(0.10, abs=0.03),
        "AMENDED": pytest.approx(0.07, abs=0.02),
        "ENTERED_IN_ERROR": pytest.approx(0.03, abs=0.015),
    }
    assert sum(note["late_entry"] for note in notes) / len(notes) == pytest.approx(0.04, abs=0.015)
    edited = await sql.fetchval("SELECT count(DISTINCT note_id) FROM note_versions")
    assert edited / len(notes) == pytest.approx(0.04, abs=0.015)
    lengths = sorted(len(note["text"]) for note in notes)
    assert lengths[0] >= 40
    assert 150 <= lengths[len(lengths) // 2] <= 260
    assert 900 <= lengths[-1] <= 1_700
    assert any(not note["text"].isascii() for note in notes)
    assert any("\n" in note["text"] for note in notes)


async def test_nothing_happens_out_of_order_or_after_the_end(sql: asyncpg.Connection) -> None:
    assert not await sql.fetchval(
        "SELECT count(*) FROM notes WHERE NOT (effective_at >= $1 AND effective_at <= recorded_at"
        " AND recorded_at = created_at AND recorded_at <= coalesce(signed_at, recorded_at)"
        " AND greatest(recorded_at, signed_at, retracted_at) <= updated_at AND updated_at <= $2)",
        PLAN.begin,
        PLAN.until,
    )
    assert not await sql.fetchval(
        "SELECT count(*) FROM notes n JOIN patients p ON (p.tenant_id, p.id) = (n.tenant_id, n.patient_id)"
        " WHERE n.effective_at < p.created_at OR n.effective_at > p.discharged_at"
        " OR n.facility_id <> p.facility_id"
    )
    assert await sql.fetchval("SELECT count(*) FROM patients WHERE discharged_at IS NOT NULL") > 0
    assert not await sql.fetchval(
        "SELECT count(*) FROM notes n WHERE NOT EXISTS (SELECT FROM practitioner_facilities f WHERE"
        " (f.tenant_id, f.practitioner_id, f.facility_id) = (n.tenant_id, n.author_id, n.facility_id))"
    )


async def test_versions_count_every_step_of_a_note(sql: asyncpg.Connection) -> None:
    """As the mutations do: edits, signing, each addendum and retraction."""
    assert not await sql.fetch(
        "SELECT n.id FROM notes n"
        " LEFT JOIN LATERAL (SELECT count(*) AS edits, max(version) AS last, max(replaced_at) AS at FROM note_versions v"
        "  WHERE v.tenant_id = n.tenant_id AND v.note_id = n.id) v ON true"
        " LEFT JOIN LATERAL (SELECT count(*) AS added, min(signed_at) AS at FROM addenda a"
        "  WHERE a.tenant_id = n.tenant_id AND a.note_id = n.id) a ON true"
        " WHERE n.version <> 1 + v.edits + (n.signed_at IS NOT NULL)::int + a.added + (n.retracted_at IS NOT NULL)::int"
        " OR v.edits <> coalesce(v.last, 0) OR v.at > n.signed_at OR a.at < n.signed_at"
        " OR (n.status = 'AMENDED') <> (a.added > 0)"
    )


async def test_signatures_hold(sql: asyncpg.Connection) -> None:
    signed = await sql.fetch("SELECT * FROM notes WHERE signed_at IS NOT NULL")
    assert len(signed) > 1_700
    for note in signed:
        assert content_hash(_Attributes(note)) == note["content_hash"]  # type: ignore[arg-type]


async def test_shifts_are_those_of_the_clock_on_the_wall(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        "SELECT effective_at, time_zone, shift FROM notes n"
        " JOIN facilities f ON (f.tenant_id, f.id) = (n.tenant_id, n.facility_id)"
    )
    assert {row["shift"] for row in rows} == {"DAY", "EVENING", "NIGHT"}
    assert all(
        row["shift"] == shift_of(row["effective_at"].astimezone(ZoneInfo(row["time_zone"])).hour) for row in rows
    )
    hours = Counter(row["effective_at"].astimezone(ZoneInfo(row["time_zone"])).hour for row in rows)
    assert hours[8] > 2 * hours[3]


async def test_contacts_would_be_let_in_by_the_api(sql: asyncpg.Connection) -> None:
    for row in await sql.fetch("SELECT email, phone, locale, birth_date FROM patients"):
        if row["email"]:
            assert checks.email(row["email"], ()) == row["email"]
        if row["phone"]:
            assert checks.phone(row["phone"], ()).startswith("+1555")
        checks.locale(row["locale"], ())
        assert 1925 <= row["birth_date"].year <= 2005
    for tenant in await sql.fetch("SELECT slug FROM tenants"):
        checks.slug(tenant["slug"], ())
    for row in await sql.fetch("SELECT email FROM practitioners"):
        assert checks.email(row["email"], ()) == row["email"]
    for row in await sql.fetch("SELECT text FROM notes"):
        checks.text(row["text"], ())


class _Attributes:
    def __init__(self, record: asyncpg.Record) -> None:
        self._record = record

    def __getattr__(self, name: str) -> object:
        return self._record[name]
