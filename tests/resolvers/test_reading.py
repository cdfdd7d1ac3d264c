"""What a query costs, in statements: the same at 5 rows and at 500. Each loader and each connection has a case.

Some are answered whole, by one statement, once they have been asked for often (`resolvers.whole`).
"""

from typing import Any

import asyncpg
import pytest

from auth import Role
from loaders import Loaders
from resolvers.whole import OFTEN
from tests.api import Api
from tests.factories import House
from tests.reminding import consent, of_appointment, rule

ROWS = "edges { node { id } }"

WHOLE = {
    "notes with patient, author and facility",
    "patients with their last 5 notes",
    "patients with how many notes they have",
    "facilities with patients and notes",
    "appointments with patient, practitioner and facility",
    "patients with their last 5 appointments",
    "reminders as they stand",
    "appointments with their reminders",
    "patients with their last 5 reminders",
    "templates",
    "the total of a list",
    "a list without its total",
}

# name -> the document, how many statements it takes, and the loaders that it is a case for.
CASES: dict[str, tuple[str, int, set[str]]] = {
    "notes with patient, author and facility": (
        """query ($n: Int!) { notes(first: $n) { edges { node {
             id text patient { id name } author { id name } facility { id name } } } } }""",
        4,
        {"by_id"},
    ),
    "patients with their last 5 notes": (
        f"query ($n: Int!) {{ patients(first: $n) {{ edges {{ node {{ notes(first: 5) {{ {ROWS} }} }} }} }} }}",
        2,
        {"pages"},
    ),
    "patients with how many notes they have": (
        "query ($n: Int!) { patients(first: $n) { edges { node { notes { totalCount } } } } }",
        3,
        {"pages", "counts"},
    ),
    "facilities with patients and notes": (
        f"""query ($n: Int!) {{ facilities(first: $n) {{ edges {{ node {{
             patients(first: 5) {{ {ROWS} }} notes(last: 5) {{ {ROWS} }} }} }} }} }}""",
        3,
        {"pages"},
    ),
    "facilities with their daily statistics": (
        """query ($n: Int!) { facilities(first: $n) { edges { node { dailyStats(date: "2026-03-02") {
             total uniquePatients byFacility { facility { name } } } } } } }""",
        4,
        {"daily_stats", "by_id"},
    ),
    "daily statistics of all facilities": (
        """query ($n: Int!) { facilities(first: $n) { __typename }
           dailyStatsRange(from: "2026-03-01", through: "2026-03-31") { total uniquePatients } }""",
        3,
        set(),
    ),
    "groups of notes, and who is in them": (
        """query ($n: Int!) { noteStats(first: $n, from: "2026-03-01", through: "2026-03-31", bucket: DAY,
             groupBy: [PATIENT, FACILITY, CATEGORY]) {
             totalCount edges { node { notes uniquePatients uniqueAuthors facility { name } patient { name } } } } }""",
        6,
        {"uniques", "by_id"},
    ),
    "appointments with patient, practitioner and facility": (
        """query ($n: Int!) { appointments(first: $n) { edges { node {
             start patient { name } practitioner { name } facility { name } } } } }""",
        4,
        {"by_id"},
    ),
    "patients with their last 5 appointments": (
        f"query ($n: Int!) {{ patients(first: $n) {{ edges {{ node {{ appointments(first: 5) {{ {ROWS} }} }} }} }} }}",
        2,
        {"pages"},
    ),
    "practitioners with their calendars": (
        """query ($n: Int!) { practitioners(first: $n) { edges { node {
             calendar(from: "2026-03-02T00:00:00Z", to: "2026-03-09T00:00:00Z") { start end patient { name } } } } } }""",
        3,
        {"calendars", "by_id"},
    ),
    "reminders with everything around them": (
        """query ($n: Int!) { reminders(first: $n) { edges { node { status channel nextAttemptAt channels
             patient { name } appointment { start } rule { name elapsed template { name } } template { name } } } } }""",
        5,
        {"by_id"},
    ),
    "reminders as they stand": (
        """query ($n: Int!) { reminders(first: $n) { totalCount edges { node { id status statusReason channel channels
             dueAt nextAttemptAt attemptCount patient { name } appointment { start facility { name } } } } } }""",
        5,
        {"by_id"},
    ),
    "reminders with their attempts": (
        "query ($n: Int!) { reminders(first: $n) { edges { node { attempts { number outcome errorCode } } } } }",
        2,
        {"attempts_of_reminder"},
    ),
    "appointments with their reminders": (
        "query ($n: Int!) { appointments(first: $n) { edges { node { reminders { edges { node { status } } } } } } }",
        2,
        {"pages"},
    ),
    "patients with their last 5 reminders": (
        f"query ($n: Int!) {{ patients(first: $n) {{ edges {{ node {{ reminders(first: 5) {{ {ROWS} }} }} }} }} }}",
        2,
        {"pages"},
    ),
    "patients with what they allow": (
        """query ($n: Int!) { patients(first: $n) { edges { node { preferences {
             channel consentedAt quietHours { weekday start } } } } } }""",
        2,
        {"preferences_of_patient"},
    ),
    "rules with their templates, and what those say": (
        """query ($n: Int!) { reminderRules(first: $n) { edges { node { at template { texts { text preview { text } }
             first: texts(version: 1) { channel } } } } } }""",
        4,
        {"template_texts", "by_id"},
    ),
    "templates": ("query ($n: Int!) { templates(first: $n) { edges { node { name context published } } } }", 1, set()),
    "practitioners with facilities": (
        "query ($n: Int!) { practitioners(first: $n) { edges { node { facilities { name } } } } }",
        2,
        {"facilities_of_practitioner"},
    ),
    "notes with versions and addenda, and who wrote them": (
        """query ($n: Int!) { notes(first: $n) { edges { node {
             versions { text replacedBy { name } } addenda { text author { name } note { id } } } } } }""",
        5,
        {"note_versions", "addenda_of_note", "by_id"},
    ),
    "the tenant, with its facilities": (
        "query ($n: Int!) { viewer { tenant { name facilities(first: $n) { edges { node { name } } } } } }",
        2,
        {"tenants", "pages"},
    ),
    "the total of a list": ("query ($n: Int!) { notes(first: $n) { totalCount edges { node { id } } } }", 2, set()),
    "a list without its total": ("query ($n: Int!) { notes(first: $n) { pageInfo { hasNextPage } } }", 1, set()),
    "nothing of the database": (
        "query ($n: Int!) { viewer { role } facilities(first: $n) @skip(if: true) { __typename } }",
        0,
        set(),
    ),
}


@pytest.fixture(scope="module")
async def full_house(owner: asyncpg.Pool) -> House:
    """500 notes of 500 patients, and 20 facilities and practitioners; every fifth note with a version and an addendum."""
    house = await House.build(owner)
    for n in range(18):
        await house.facility(name=f"Facility {n:02}")
        await house.practitioner(name=f"Practitioner {n:02}")
    for practitioner in house.practitioners:
        await house.employ(practitioner, house.facilities[0])
    await house.fill(notes=500, patients=500)
    for note in house.notes[::5]:
        await house.version_of(note)
        await house.addendum_to(note)
    for n in range(60):
        await house.appointment(patient_id=house.patients[n % 30], practitioner_id=house.practitioners[n % 20])
    rules = [await rule(house) for _ in range(20)]
    for n, appointment in enumerate(house.appointments):
        await of_appointment(house, appointment, rules[n % 20])
        await consent(house, house.patients[n])
    return house


@pytest.mark.parametrize("name", CASES)
async def test_statements_do_not_grow_with_rows(
    name: str, unlimited: Api, full_house: House, statements: list[str]
) -> None:
    document, expected, _ = CASES[name]
    asking = unlimited.as_(Role.ADMIN, full_house.tenant)
    for rows in (5, 500):
        # A new version of all figures: nothing of them comes from a cache.
        await full_house.count()
        statements.clear()
        await asking.ask(document, n=rows)
        assert (rows, len(statements)) == (rows, expected), statements


@pytest.mark.parametrize("name", sorted(WHOLE))
async def test_what_is_asked_for_often_and_can_be_is_one_statement(
    name: str, unlimited: Api, full_house: House, statements: list[str]
) -> None:
    document, asking = CASES[name][0] + " # often", unlimited.as_(Role.ADMIN, full_house.tenant)
    for rows in (7, 500):
        first, *_ = [await asking.ask(document, n=rows) for _ in range(OFTEN)]
        statements.clear()
        answer = await asking.ask(document, n=rows)
        assert (rows, len(statements)) == (rows, 1), statements
        assert answer == first


async def test_rows_by_id_are_loaded_together(unlimited: Api, full_house: House, statements: list[str]) -> None:
    """As `nodes` asks for them: one statement for each type."""
    house = full_house
    rules, reminders, templates = [
        [row["id"] for row in await house.pool.fetch(f"SELECT id FROM {table} WHERE tenant_id = $1", house.tenant)]
        for table in ("reminder_rules", "reminders", "templates")
    ]
    kinds: dict[str, list[Any]] = {
        "Facility": house.facilities,
        "Practitioner": house.practitioners,
        "Patient": house.patients,
        "Note": house.notes,
        "Addendum": house.addenda,
        "Appointment": house.appointments,
        "ReminderRule": rules,
        "Reminder": reminders,
        "Template": templates,
        "Tenant": [house.tenant],
    }
    for rows in (1, 5):
        ids = [house.gid(kind, row) for kind, each in kinds.items() for row in each[:rows]]
        statements.clear()
        data = await unlimited.as_(Role.ADMIN, house.tenant).ask(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=ids
        )
        assert [node["id"] for node in data["nodes"]] == ids
        assert len(statements) == len(kinds)


async def test_every_loader_has_a_case() -> None:
    """A new loader fails here until its statements are pinned above."""
    # `figures` is no loader: others read through it.
    loaders = {name for name in vars(Loaders) if not name.startswith("_")} - {"figures"}
    pinned = set().union(*(names for _, _, names in CASES.values()))
    assert loaders == pinned
