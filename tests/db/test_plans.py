"""At 100,000 notes, no list, filter, search or nested query scans a whole table: as the app's role, under its policies."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from auth import Role
from config import Settings
from db.demo import Plan, load, quarter
from db.scope import statement_watchers
from resolvers.whole import OFTEN
from tests.api import Api
from tests.conftest import DatabaseMaker
from tests.serving import serving

LARGE = ("notes", "patients", "note_versions", "addenda", "note_counts", "note_people", "appointments", "reminders")


@dataclass
class Asked:
    """The statements of some requests, with their parameters."""

    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def record(self, sql: str, arguments: Sequence[object], _: float) -> None:
        self.statements.append((sql, tuple(arguments)))


@dataclass
class Town:
    """A server on a database with 100,000 notes."""

    api: Api
    app: asyncpg.Connection
    admin: asyncpg.Connection
    tenant: Any
    ids: dict[str, str]

    async def plan(self, sql: str, parameters: tuple[Any, ...]) -> dict[str, Any]:
        async with self.app.transaction():
            await self.app.execute("SELECT set_tenant($1)", self.tenant)
            plan = json.loads(await self.app.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *parameters))
        root: dict[str, Any] = plan[0]["Plan"]
        return root

    async def scanned(self, sql: str, parameters: tuple[Any, ...]) -> set[str]:
        """The large tables that the statement scans whole, also inside of functions, where EXPLAIN sees nothing."""
        async with self.app.transaction():
            await self.app.execute("SELECT set_tenant($1)", self.tenant)
            await self.app.fetch(sql, *parameters)
            rows = await self.app.fetch("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0")
        return {row["relname"] for row in rows}.intersection(LARGE)


async def remind(owner_url: str) -> None:
    """A reminder of each appointment: sent, or a tenth of them dead, if that has begun; else in the queue."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("INSERT INTO templates (tenant_id, id, name) SELECT id, gen_random_uuid(), 'T' FROM tenants")
    await owner.execute(
        """INSERT INTO reminder_rules (tenant_id, id, name, lead_time, channels, template_id, priority, active)
           SELECT tenant_id, gen_random_uuid(), 'R', 'PT24H', '{EMAIL}', id, 'NORMAL', true
           FROM templates WHERE name = 'T'"""
    )
    await owner.execute(
        """WITH written AS (
               INSERT INTO reminders (tenant_id, id, patient_id, appointment_id, rule_id, generation, template_id, channels,
                   priority, due_at, not_after, status, status_reason, settled_at)
               SELECT a.tenant_id, gen_random_uuid(), patient_id, a.id, r.id, generation, template_id, channels,
                   priority, starts_at - interval '1 day', starts_at,
                   CASE WHEN NOT begun THEN 'SCHEDULED' WHEN dead THEN 'DEAD' ELSE 'SENT' END,
                   CASE WHEN begun AND dead THEN 'REJECTED' END, CASE WHEN begun THEN now() END
               FROM appointments a JOIN reminder_rules r ON r.tenant_id = a.tenant_id AND r.name = 'R'
               CROSS JOIN LATERAL (SELECT starts_at <= now(), hashtext(a.id::text) % 10 = 0) AS told (begun, dead)
               RETURNING *
           )
           INSERT INTO reminder_queue (tenant_id, reminder_id, channel, priority, next_attempt_at)
           SELECT tenant_id, id, 'EMAIL', priority, due_at FROM written WHERE status = 'SCHEDULED'"""
    )
    # As autovacuum would: whole pages are known to be visible, and how many rows there are of which kind.
    await owner.execute("VACUUM ANALYZE reminders, reminder_queue")
    await owner.close()


@pytest.fixture(scope="module")
async def town(make_database: DatabaseMaker, settings: Settings) -> AsyncIterator[Town]:
    database = await make_database()
    summary = await load(database.owner_url, Plan(until=quarter(datetime.now(UTC))), lambda *_: None)
    await remind(database.owner_url)
    here = settings.model_copy(update={"database_url": database.app_url})
    app, admin = await asyncpg.connect(database.app_url), await asyncpg.connect(database.admin_url)
    async with serving(here) as address, httpx.AsyncClient(base_url=address, timeout=60) as http:
        tenant = summary.tenants[0].id
        api = Api(http, here).as_(Role.CLINICIAN, tenant)
        some = await api.ask(
            """{ notes(first: 1) { edges { node { id patient { id } author { id } facility { id } } } }
                 appointments(first: 1) { edges { node { id practitioner { id } } } } }"""
        )
        note = some["notes"]["edges"][0]["node"]
        ids = {name: note[name]["id"] for name in ("patient", "author", "facility")} | {"note": note["id"]}
        visit = some["appointments"]["edges"][0]["node"]
        ids |= {"visit": visit["id"], "practitioner": visit["practitioner"]["id"]}
        yield Town(api, app, admin, tenant, ids)
    await app.close()
    await admin.close()


@pytest.fixture
def asked() -> Iterator[Asked]:
    asked = Asked()
    statement_watchers.append(asked.record)
    yield asked
    statement_watchers.remove(asked.record)


MONDAY = (datetime.now(UTC) - timedelta(days=datetime.now(UTC).weekday())).replace(hour=0, minute=0)
WEEK = f'from: "{MONDAY.isoformat()}", to: "{(MONDAY + timedelta(days=7)).isoformat()}"'
ROWS = "{ edges { cursor node { id } } totalCount }"
NOTE_FILTERS = {
    "none": "",
    "facility": 'filter: {facilityIds: ["FACILITY"]}',
    "patient": 'filter: {patientIds: ["PATIENT"]}',
    "author": 'filter: {authorIds: ["AUTHOR"]}',
    "category": "filter: {categories: [INCIDENT]}",
    "status": "filter: {statuses: [PRELIMINARY]}",
    "priority": "filter: {priorities: [URGENT]}",
    "shift": "filter: {shifts: [NIGHT]}",
    "range": 'filter: {effectiveFrom: "2026-01-01T00:00:00Z", effectiveBefore: "2030-01-01T00:00:00Z"}',
    "all at once": 'filter: {facilityIds: ["FACILITY"], patientIds: ["PATIENT"], authorIds: ["AUTHOR"], shifts: [DAY]}',
    "common word": 'filter: {search: "the"}',
    "rare word": 'filter: {search: "hydrocolloid"}',
    "no word": 'filter: {search: "qqqzzz"}',
}
NOTE_ORDERS = [
    f"{{field: {field}, direction: {way}}}" for field in ("EFFECTIVE_AT", "RECORDED_AT") for way in ("ASC", "DESC")
]
APPOINTMENT_FILTERS = {
    "facility": 'facilityIds: ["FACILITY"]',
    "patient": 'patientIds: ["PATIENT"]',
    "practitioner": 'practitionerIds: ["PRACTITIONER"]',
    "status": "statuses: [NOSHOW]",
    "range": f'startFrom: "{MONDAY.isoformat()}"',
    "what is upcoming": "upcoming: true",
}
REMINDER_FILTERS = {
    "patient": 'patientIds: ["PATIENT"]',
    "appointment": 'appointmentIds: ["VISIT"]',
    "settled states": "statuses: [DEAD]",
    "states in the queue": "statuses: [SCHEDULED, SENDING]",
    "range": f'dueFrom: "{MONDAY.isoformat()}"',
}
QUERIES = {
    **{f"notes by {name}": f"{{ notes(first: 50 {given}) {ROWS} }}" for name, given in NOTE_FILTERS.items()},
    **{f"notes in order {order}": f"{{ notes(first: 50, orderBy: {order}) {ROWS} }}" for order in NOTE_ORDERS},
    **{f"notes back in order {order}": f"{{ notes(last: 50, orderBy: {order}) {ROWS} }}" for order in NOTE_ORDERS},
    "patients": f"{{ patients(first: 50) {ROWS} }}",
    "patients by creation": f"{{ patients(last: 50, orderBy: {{field: CREATED_AT}}) {ROWS} }}",
    "patients of a facility": f'{{ patients(first: 50, filter: {{facilityIds: ["FACILITY"]}}) {ROWS} }}',
    "discharged patients": f"{{ patients(first: 50, filter: {{statuses: [DISCHARGED]}}) {ROWS} }}",
    "patients by name": f'{{ patients(first: 50, search: "schr") {ROWS} }}',
    "patients by MRN": f'{{ patients(first: 50, search: "mrn-0001") {ROWS} }}',
    "patients by two letters": f'{{ patients(first: 50, search: "li") {ROWS} }}',
    "notes with everything": """{ notes(first: 50) { edges { node { text patient { name } author { name facilities { name } }
        facility { name } signedBy { name } versions { text replacedBy { name } } addenda { text author { name } } } } } }""",
    "patients with notes": f"{{ patients(first: 10) {{ edges {{ node {{ notes(first: 5) {ROWS} }} }} }} }}",
    "facilities with people and notes": f"""{{ facilities {{ edges {{ node {{ patients(last: 5) {ROWS}
        notes(first: 5, filter: {{categories: [INCIDENT]}}) {ROWS} }} }} }} }}""",
    "appointments": f"{{ appointments(first: 50) {ROWS} }}",
    "appointments, the oldest first": f"{{ appointments(first: 50, orderBy: {{direction: ASC}}) {ROWS} }}",
    **{
        f"appointments by {name}": f"{{ appointments(first: 50, filter: {{{given}}}) {ROWS} }}"
        for name, given in APPOINTMENT_FILTERS.items()
    },
    "patients with appointments": f"{{ patients(first: 10) {{ edges {{ node {{ appointments(first: 5) {ROWS} }} }} }} }}",
    "patients with what is upcoming": "{ patients(first: 10) { edges { node { "
    f"appointments(first: 1, filter: {{upcoming: true}}) {ROWS} }} }} }} }}",
    "calendars": f"{{ practitioners(first: 10) {{ edges {{ node {{ calendar({WEEK}) {{ id start }} }} }} }} }}",
    "reminders": f"{{ reminders(first: 50) {ROWS} }}",
    "reminders, the oldest first": f"{{ reminders(first: 50, orderBy: {{direction: ASC}}) {ROWS} }}",
    **{
        f"reminders by {name}": f"{{ reminders(first: 50, filter: {{{given}}}) {ROWS} }}"
        for name, given in REMINDER_FILTERS.items()
    },
    "reminders as they stand": "{ reminders(first: 50) { edges { node { status nextAttemptAt attempts { number } } } } }",
    "appointments with reminders": f"{{ appointments(first: 50) {{ edges {{ node {{ reminders(first: 5) {ROWS} }} }} }} }}",
    "patients with reminders": f"{{ patients(first: 10) {{ edges {{ node {{ reminders(first: 5) {ROWS} }} }} }} }}",
    "patients with what they allow": "{ patients(first: 10) { edges { node { preferences { channel } } } } }",
    "statistics of a day": '{ dailyStats(date: "2026-11-01") { total uniquePatients byFacility { notes } } }',
    "statistics of a facility": '{ dailyStats(date: "2026-11-01", facilityIds: ["FACILITY"]) { total } }',
    "statistics of a year": '{ dailyStatsRange(from: "2026-01-01", through: "2026-12-31", bucket: MONTH) { uniquePatients } }',
    "statistics of each facility": '{ facilities { edges { node { dailyStats(date: "2026-11-01") { total } } } } }',
    "groups from the counts": '{ noteStats(from: "2026-10-01", through: "2026-11-24", bucket: WEEK, groupBy: [STATUS]) '
    "{ totalCount edges { node { notes uniquePatients } } } }",
    "groups from the notes": '{ noteStats(from: "2026-11-01", through: "2026-11-03", bucket: HOUR) '
    "{ totalCount edges { node { notes uniquePatients } } } }",
    "groups by a patient": '{ noteStats(from: "2026-10-01", through: "2026-11-24", filter: {patientIds: ["PATIENT"]}, '
    "groupBy: [SHIFT]) { edges { node { notes } } } }",
    "node": '{ nodes(ids: ["NOTE", "PATIENT"]) { id } }',
}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("name", QUERIES)
async def test_no_whole_table_is_scanned(name: str, town: Town, asked: Asked) -> None:
    document = QUERIES[name]
    for kind, global_id in town.ids.items():
        document = document.replace(kind.upper(), global_id)
    # Often enough to be answered whole, if it can be.
    for _ in range(OFTEN + 1):
        await town.api.ask(document)
    assert asked.statements
    for sql, parameters in dict(asked.statements).items():
        plan = await town.plan(sql, parameters)
        scanned = {n.get("Relation Name") for n in nodes(plan) if n["Node Type"] == "Seq Scan"}
        assert scanned.isdisjoint(LARGE), (sql, plan)
        assert await town.scanned(sql, parameters) == set(), sql


async def test_a_scan_would_be_seen(town: Town) -> None:
    statement, parameters = "SELECT id FROM notes WHERE tenant_id = $1", (town.tenant,)
    await town.app.execute("SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off")
    try:
        plan = await town.plan(statement, parameters)
        assert "Seq Scan" in {n["Node Type"] for n in nodes(plan)}
        assert await town.scanned(statement, parameters) == {"notes"}
    finally:
        await town.app.execute("RESET ALL")


async def test_the_second_page_begins_in_the_index(town: Town, asked: Asked) -> None:
    """A keyset's position is an index condition, under the policies: nothing before it is read."""
    first = await town.api.ask("{ notes(first: 50) { pageInfo { endCursor } } }")
    asked.statements.clear()
    await town.api.ask(
        "query ($after: Cursor) { notes(first: 50, after: $after) { edges { node { id } } } }",
        after=first["notes"]["pageInfo"]["endCursor"],
    )
    plan = await town.plan(*asked.statements[0])
    scans = [n for n in nodes(plan) if n.get("Index Name") == "notes_by_time"]
    assert "ROW(effective_at, id) < ROW(" in scans[0]["Index Cond"]


@pytest.mark.parametrize(
    ("document", "index"),
    [
        (f"{{ appointments(first: 50, filter: {{upcoming: true}}) {ROWS} }}", "appointments_upcoming"),
        (
            f'{{ node(id: "PRACTITIONER") {{ ... on Practitioner {{ calendar({WEEK}) {{ id }} }} }} }}',
            "appointments_by_practitioner",
        ),
    ],
)
async def test_appointments_are_read_from_their_indexes(document: str, index: str, town: Town, asked: Asked) -> None:
    """Also by the plan that PostgreSQL keeps for all values of a statement, once it has seen some."""
    await town.api.ask(document.replace("PRACTITIONER", town.ids["practitioner"]))
    about = [each for each in asked.statements if " FROM appointments" in each[0].replace("\n", " ")]
    assert about
    for mode in ("force_custom_plan", "force_generic_plan"):
        await town.app.execute(f"SET plan_cache_mode = {mode}")
        for sql, parameters in about:
            used = {n.get("Index Name") for n in nodes(await town.plan(sql, parameters))}
            assert index in used, (mode, sql)
    await town.app.execute("RESET plan_cache_mode")


@pytest.mark.parametrize(
    ("function", "table", "index"),
    [("search_notes", "notes", "notes_search"), ("search_patients", "patients", "patients_search")],
)
async def test_search_uses_its_index(function: str, table: str, index: str, town: Town) -> None:
    """Seen from within the function: the server's count of the index's scans goes up."""
    count = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = $1"
    before = await town.admin.fetchval(count, index)
    async with town.app.transaction():
        await town.app.execute("SELECT set_tenant($1)", town.tenant)
        assert await town.app.fetch(f"SELECT {function}($1, $2)", town.tenant, "%schröd%") is not None
    await town.app.execute("SELECT pg_stat_force_next_flush()")
    await town.app.execute("SELECT 1")
    await town.admin.execute("SELECT pg_stat_clear_snapshot()")
    assert await town.admin.fetchval(count, index) > before
