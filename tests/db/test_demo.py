"""The demo data: as planned, plausible, the same every time, and all there or not at all."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from db.demo import FIRST_SLUG, Plan, Summary, load
from db.demo.names import Name
from db.demo.notes import Stories
from db.demo.organisations import organisations
from db.demo.patients import patients
from db.demo.plan import split
from db.demo.rhythm import slots
from db.demo.rows import TABLES
from db.demo.sentences import SENTENCES
from db.demo.texts import Texts, drafts
from db.demo.uuids import uuid7_at
from db.signature import content_hash
from db.tables import Base
from db.vocabulary import NoteCategory, shift_of
from errors import Conflict
from resolvers import checks
from tests.conftest import DatabaseMaker, TestDatabase
from tests.db.recounting import assert_exact

# Over the days in March in which clocks change in New York, in Europe, and (in April) in Sydney.
PLAN = Plan(until=datetime(2026, 4, 6, 17, 45, tzinfo=UTC), notes=2_000, tenants=3, days=30)


def quiet(_stage: str, _done: int, _total: int) -> None: ...


@pytest.fixture(scope="module")
async def loaded(make_database: DatabaseMaker) -> tuple[TestDatabase, Summary]:
    database = await make_database()
    return database, await load(database.owner_url, PLAN, quiet)


@pytest.fixture
async def sql(loaded: tuple[TestDatabase, Summary]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(loaded[0].owner_url)
    yield connection
    await connection.close()


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


@pytest.mark.parametrize("stage", ["notes", "indexes"])
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
        " WHERE n.effective_at < p.created_at OR n.effective_at >= p.discharged_at + interval '15 minutes'"
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


@pytest.mark.parametrize("notes", [0, 1, 7])
async def test_tiny_plans_work(fresh_database: TestDatabase, notes: int) -> None:
    plan = Plan(until=datetime(2026, 1, 1, tzinfo=UTC), notes=notes, tenants=12, days=1)
    assert (await load(fresh_database.owner_url, plan, quiet)).rows["notes"] == notes


def test_a_hundred_and_fifty_tenants_have_names_of_their_own() -> None:
    plan = Plan(until=PLAN.until, notes=0, tenants=150)
    slugs = [organisation.row.slug for organisation, _ in organisations(plan)]
    assert len(set(slugs)) == 150
    assert all(checks.slug(slug, ()) for slug in slugs)


def test_notes_are_made_only_as_they_are_asked_for() -> None:
    """Ten million notes are planned and a hundred made, without a wait."""
    plan = Plan(until=PLAN.until, notes=10_000_000)
    organisation, chance = next(organisations(plan))
    for _ in patients(plan, organisation, chance):
        pass
    stories = iter(Stories(plan, organisation, Texts(plan), chance))
    assert len(list(islice(stories, 100))) == 100


def test_a_plan_must_make_sense() -> None:
    with pytest.raises(ValueError, match="at least one tenant"):
        Plan(until=PLAN.until, tenants=0)


def test_parts_add_up() -> None:
    assert split(10, [1, 1, 1]) == [3, 4, 3]
    assert sum(split(12_345, [chance / 7 for chance in range(1, 100)])) == 12_345


def test_ids_are_those_of_rfc_9562() -> None:
    made = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    row_id = uuid7_at(made, Random(1))
    assert (row_id.version, row_id.variant) == (7, UUID(int=row_id.int).variant)
    assert row_id.int >> 80 == round(made.timestamp() * 1000)
    assert row_id != uuid7_at(made, Random(2))


def test_the_day_on_which_a_clock_changes_has_all_its_quarters() -> None:
    quarters = slots(datetime(2026, 3, 29, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert len({quarter.start for quarter in quarters}) == 96
    assert all(
        quarter.shift == shift_of((quarter.start + timedelta(minutes=14)).astimezone(ZoneInfo("Europe/Berlin")).hour)
        for quarter in quarters
    )


def test_every_sentence_could_be_a_note() -> None:
    assert set(SENTENCES) == set(NoteCategory)
    texts, chance = Texts(PLAN), Random(1)
    for category in NoteCategory:
        assert min(len(texts.note(category, chance)) for _ in range(500)) >= 40


def test_earlier_versions_are_shorter() -> None:
    assert drafts("one two three four", 2) == ["one", "one two"]
    assert drafts("Unbreakable", 1) == ["Unbre"]
    assert drafts("anything", 0) == []


def test_mailboxes_are_plain() -> None:
    assert Name("Małgorzata", "O'Connor").mailbox == "malgorzata.oconnor"
    assert Name("Zoë", "Öztürk").mailbox == "zoe.ozturk"


class _Attributes:
    def __init__(self, record: asyncpg.Record) -> None:
        self._record = record

    def __getattr__(self, name: str) -> object:
        return self._record[name]
