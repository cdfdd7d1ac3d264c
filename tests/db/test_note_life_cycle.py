"""The life of a note, guarded by the database: raw SQL as the application's role, past the code; then over the API."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from auth import Role
from tests.api import Api
from tests.conftest import TestDatabase
from tests.factories import NOON, House
from tests.whole_house import contents, furnish, global_ids

PRELIMINARY, FINAL, AMENDED, ENTERED_IN_ERROR = range(4)
SETTLED = [FINAL, AMENDED, ENTERED_IN_ERROR]
"""As `furnish` makes them, by their place in `house.notes`."""

EDITABLE = ["category", "priority", "shift", "status", "text", "content_hash", "effective_at", "facility_id"]
EDITABLE += ["signed_at", "signed_by_id", "version", "updated_at"]
FIXED = ["tenant_id", "id", "patient_id", "author_id", "recorded_at", "created_at"]
FIXED += ["retracted_at", "retracted_by_id", "retraction_reason"]

REFUSED_BY_POLICY = pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security")
NOT_GRANTED = pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied")


@pytest.fixture
async def house(owner: asyncpg.Pool) -> House:
    return await furnish(await House.build(owner))


@pytest.fixture
async def app(shared_database: TestDatabase, house: House) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the application's role, the house's tenant set."""
    connection = await asyncpg.connect(shared_database.app_url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT set_tenant($1)", house.tenant)
    yield connection
    await transaction.rollback()
    await connection.close()


async def insert_note(app: asyncpg.Connection, house: House, status: str, **values: Any) -> None:
    row = {
        "tenant_id": house.tenant,
        "id": uuid7(),
        "patient_id": house.patients[0],
        "facility_id": house.facilities[0],
        "author_id": house.practitioners[0],
        "category": "VITALS",
        "priority": "LOW",
        "shift": "DAY",
        "status": status,
        "effective_at": NOON,
        "text": "Pulse 60.",
        **values,
    }
    places = ", ".join(f"${n + 1}" for n in range(len(row)))
    await app.execute(f"INSERT INTO notes ({', '.join(row)}) VALUES ({places})", *row.values())


def signature(house: House) -> dict[str, Any]:
    return {"signed_at": NOON, "signed_by_id": house.practitioners[0], "content_hash": bytes(32)}


async def test_a_note_begins_preliminary(app: asyncpg.Connection, house: House) -> None:
    await insert_note(app, house, "PRELIMINARY")


@pytest.mark.parametrize("status", ["FINAL", "AMENDED", "ENTERED_IN_ERROR"])
async def test_a_note_cannot_begin_otherwise(app: asyncpg.Connection, house: House, status: str) -> None:
    retracted = {"retracted_at": NOON, "retracted_by_id": house.practitioners[0], "retraction_reason": "r"}
    with REFUSED_BY_POLICY:
        await insert_note(app, house, status, **(retracted if status == "ENTERED_IN_ERROR" else signature(house)))


async def test_a_preliminary_note_cannot_carry_a_signature(app: asyncpg.Connection, house: House) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="notes_signed_check"):
        await insert_note(app, house, "PRELIMINARY", **signature(house))


@pytest.mark.parametrize("column", EDITABLE)
async def test_a_column_can_be_changed_while_preliminary_and_then_no_more(
    app: asyncpg.Connection, house: House, column: str
) -> None:
    change = f"UPDATE notes SET {column} = {column} WHERE id = $1"
    assert await app.execute(change, house.notes[PRELIMINARY]) == "UPDATE 1"
    for settled in SETTLED:
        assert await app.execute(change, house.notes[settled]) == "UPDATE 0"


@pytest.mark.parametrize("column", FIXED)
async def test_a_column_cannot_be_changed_at_all(app: asyncpg.Connection, house: House, column: str) -> None:
    with NOT_GRANTED:
        await app.execute(f"UPDATE notes SET {column} = {column} WHERE id = $1", house.notes[PRELIMINARY])


async def test_every_column_is_in_one_of_the_two_lists(app: asyncpg.Connection) -> None:
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'notes'"
    assert {row["column_name"] for row in await app.fetch(columns)} == {*EDITABLE, *FIXED, "late_entry"}


@pytest.mark.parametrize("note", [PRELIMINARY, *SETTLED])
async def test_a_note_is_never_deleted(app: asyncpg.Connection, house: House, note: int) -> None:
    with NOT_GRANTED:
        await app.execute("DELETE FROM notes WHERE id = $1", house.notes[note])


@pytest.mark.parametrize("lacking", ["signed_at", "signed_by_id", "content_hash"])
async def test_a_signature_is_whole(app: asyncpg.Connection, house: House, lacking: str) -> None:
    given = {name: value for name, value in signature(house).items() if name != lacking}
    sign = (
        f"UPDATE notes SET status = 'FINAL', {', '.join(f'{n} = ${i + 2}' for i, n in enumerate(given))} WHERE id = $1"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="notes_sign"):
        await app.execute(sign, house.notes[PRELIMINARY], *given.values())


async def test_a_signed_note_never_becomes_preliminary_again(app: asyncpg.Connection, house: House) -> None:
    note = house.notes[PRELIMINARY]
    await app.execute(
        "UPDATE notes SET status = 'FINAL', signed_at = $2, signed_by_id = $3, content_hash = $4 WHERE id = $1",
        *(note, *signature(house).values()),
    )
    back = "UPDATE notes SET status = 'PRELIMINARY', signed_at = NULL, signed_by_id = NULL, content_hash = NULL "
    assert await app.execute(back + "WHERE id = $1", note) == "UPDATE 0"
    assert await app.fetchval("SELECT amend_note($1, $2)", house.tenant, note) is not None
    assert await app.execute(back + "WHERE id = $1", note) == "UPDATE 0"
    assert await app.fetchval("SELECT status FROM notes WHERE id = $1", note) == "AMENDED"


@pytest.mark.parametrize("status", ["AMENDED", "ENTERED_IN_ERROR"])
async def test_a_plain_update_signs_and_does_nothing_else(app: asyncpg.Connection, house: House, status: str) -> None:
    with REFUSED_BY_POLICY:
        await app.execute(
            "UPDATE notes SET status = $2, signed_at = $3, signed_by_id = $4, content_hash = $5 WHERE id = $1",
            *(house.notes[PRELIMINARY], status, *signature(house).values()),
        )


@pytest.mark.parametrize(("note", "allowed"), [(PRELIMINARY, 0), (FINAL, 1), (AMENDED, 1), (ENTERED_IN_ERROR, 0)])
async def test_what_is_signed_can_be_added_to(app: asyncpg.Connection, house: House, note: int, allowed: int) -> None:
    add = "INSERT INTO addenda (tenant_id, id, note_id, author_id, kind, reason, text) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    row = (house.tenant, uuid7(), house.notes[note], house.practitioners[0], "ADDITION", "r", "t")
    if allowed:
        assert await app.execute(add, *row) == "INSERT 0 1"
        assert await app.fetchval("SELECT amend_note($1, $2)", house.tenant, house.notes[note]) == 2
    else:
        assert await app.fetchval("SELECT amend_note($1, $2)", house.tenant, house.notes[note]) is None
        with REFUSED_BY_POLICY:
            await app.execute(add, *row)


@pytest.mark.parametrize("note", [PRELIMINARY, *SETTLED])
async def test_a_note_is_retracted_once(app: asyncpg.Connection, house: House, note: int) -> None:
    retract = "SELECT retract_note($1, $2, $3, 'wrong patient')"
    arguments = (house.tenant, house.notes[note], house.practitioners[0])
    assert (await app.fetchval(retract, *arguments) is None) == (note == ENTERED_IN_ERROR)
    assert await app.fetchval(retract, *arguments) is None


@pytest.mark.parametrize("table", ["note_versions", "addenda"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET text = text", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_is_kept_stays_as_it_is(app: asyncpg.Connection, table: str, statement: str) -> None:
    assert await app.fetchval(f"SELECT count(*) FROM {table}") == 1
    with NOT_GRANTED:
        await app.execute(statement.format(table))


# Over the API.

CREATE = """mutation ($patient: ID!) { createNote(input: {patientId: $patient, category: PROGRESS, priority: HIGH,
  effectiveAt: "2026-03-29T02:30:00.25+01:00", text: "Slept “badly”.\\n\\tAsked for tea \\u2014 ünïcode, 🫖."})
  { note { id version status } } }"""
NOTE = """query ($id: ID!) { node(id: $id) { ... on Note { id status version text priority category shift effectiveAt
  contentHash signedAt signedBy { id } author { id } patient { id } facility { id } retractedAt retractionReason
  versions { version text priority replacedBy { id } } addenda { text kind reason author { id } } } } }"""


def sealed(note: dict[str, Any]) -> str:
    """The hash by the recipe in the documentation of `Note.contentHash`, from nothing but the API's answer."""
    content = {key: note[key] for key in ("category", "effectiveAt", "id", "priority", "shift", "text")}
    content |= {key: note[key]["id"] for key in ("author", "facility", "patient")}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


async def test_from_writing_to_entered_in_error(api: Api, house: House) -> None:
    named = await global_ids(house)
    nurse = api.as_(Role.CLINICIAN, house.tenant, subject="practitioner-0")
    doctor = api.as_(Role.CLINICIAN, house.tenant, subject="practitioner-1")
    their_id = house.gid("Practitioner", house.practitioners[1])

    async def note() -> dict[str, Any]:
        found: dict[str, Any] = (await nurse.ask(NOTE, id=note_id))["node"]
        return found

    created = (await nurse.ask(CREATE, patient=named["patient"]))["createNote"]["note"]
    note_id = created["id"]
    assert created == {"id": note_id, "version": 1, "status": "PRELIMINARY"}
    first = await note()
    assert first["contentHash"] is None
    assert first["author"]["id"] == named["practitioner"]
    assert first["effectiveAt"] == "2026-03-29T01:30:00.250000+00:00"
    assert first["shift"] == "NIGHT", "half past three on the clock of Berlin"

    edit = (
        'mutation ($id: ID!) { updateNote(input: {id: $id, text: "Slept well.", priority: LOW}) { note { version } } }'
    )
    assert await doctor.ask(edit, id=note_id) == {"updateNote": {"note": {"version": 2}}}
    edited = await note()
    assert edited["text"] == "Slept well."
    assert edited["author"]["id"] == named["practitioner"], "an edit by another does not make them the author"
    kept = {"version": 1, "text": first["text"], "priority": "HIGH", "replacedBy": {"id": their_id}}
    assert edited["versions"] == [kept]

    await doctor.ask("mutation ($id: ID!) { signNote(input: {id: $id}) { note { id } } }", id=note_id)
    signed = await note()
    assert (signed["status"], signed["version"], signed["signedBy"]) == ("FINAL", 3, {"id": their_id})
    assert signed["contentHash"] == sealed(signed)

    add = """mutation ($id: ID!) { addAddendum(input: {noteId: $id, kind: CORRECTION, reason: "Mixed up", text: "Badly."})
      { note { status version } addendum { text } } }"""
    added = (await nurse.ask(add, id=note_id))["addAddendum"]
    assert added == {"note": {"status": "AMENDED", "version": 4}, "addendum": {"text": "Badly."}}
    addendum = {"text": "Badly.", "kind": "CORRECTION", "reason": "Mixed up", "author": {"id": named["practitioner"]}}
    assert await note() == signed | {"status": "AMENDED", "version": 4, "addenda": [addendum]}

    retract = (
        'mutation ($id: ID!) { markNoteEnteredInError(input: {id: $id, reason: "wrong patient"}) { note { id } } }'
    )
    await nurse.ask(retract, id=note_id)
    retracted = await note()
    assert (retracted["status"], retracted["retractionReason"]) == ("ENTERED_IN_ERROR", "wrong patient")
    assert retracted["contentHash"] == signed["contentHash"] == sealed(retracted), "what was signed stays readable"
    listed = "query ($states: [NoteStatus!]) { notes(filter: {statuses: $states}) { edges { node { id } } } }"
    hidden, asked_for = await nurse.ask(listed), await nurse.ask(listed, states=["ENTERED_IN_ERROR"])
    assert note_id not in [edge["node"]["id"] for edge in hidden["notes"]["edges"]]
    assert note_id in [edge["node"]["id"] for edge in asked_for["notes"]["edges"]]


LATE = {
    "updateNote": 'mutation ($id: ID!) { updateNote(input: {id: $id, text: "T"}) { note { id } } }',
    "signNote": "mutation ($id: ID!) { signNote(input: {id: $id}) { note { id } } }",
    "addAddendum": """mutation ($id: ID!) { addAddendum(input: {noteId: $id, kind: ADDITION, reason: "R", text: "T"})
      { note { id } } }""",
    "markNoteEnteredInError": 'mutation ($id: ID!) { markNoteEnteredInError(input: {id: $id, reason: "R"}) { note { id } } }',
}
TOO_LATE = [(name, state) for name in ("updateNote", "signNote") for state in ("final", "amended", "entered_in_error")]
TOO_LATE += [("addAddendum", "preliminary"), ("addAddendum", "entered_in_error")]
TOO_LATE += [("markNoteEnteredInError", "entered_in_error")]


@pytest.mark.parametrize(("mutation", "state"), TOO_LATE)
async def test_a_change_out_of_its_time_is_a_conflict(
    api: Api, owner: asyncpg.Pool, house: House, mutation: str, state: str
) -> None:
    before, note_id = await contents(owner, house), (await global_ids(house))[state]
    clinician = api.as_(Role.CLINICIAN, house.tenant, subject="practitioner-0")
    refusal = await clinician.refused(LATE[mutation], id=note_id)
    assert (refusal["code"], refusal["reason"]) == ("CONFLICT", "NOTE_STATUS")
    assert state.upper() in refusal["message"]
    assert await contents(owner, house) == before


@pytest.mark.parametrize(("mutation", "state"), [("updateNote", "preliminary"), ("signNote", "preliminary"),
                                                 ("markNoteEnteredInError", "final")])  # fmt: skip
async def test_a_stale_version_is_a_conflict(
    api: Api, owner: asyncpg.Pool, house: House, mutation: str, state: str
) -> None:
    before, note_id = await contents(owner, house), (await global_ids(house))[state]
    clinician = api.as_(Role.CLINICIAN, house.tenant, subject="practitioner-0")
    actual = (await clinician.ask(NOTE, id=note_id))["node"]["version"]
    stale = LATE[mutation].replace("{id: $id", "{id: $id, expectedVersion: 7")
    refusal = await clinician.refused(stale, id=note_id)
    assert (refusal["code"], refusal["reason"]) == ("CONFLICT", "STALE_VERSION")
    assert (refusal["expected"], refusal["actual"]) == (7, actual)
    assert await contents(owner, house) == before
