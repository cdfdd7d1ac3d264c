"""What cannot be right is refused with the argument's path, in variables as in the document, and nothing is written."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.listening import Listener
from tests.resolvers.writing import Word, by_variables, caller, content, inline, right

SECRET = "Patient refused the quetiapine"
"""Stands for what must never be logged. It goes along with each request that is refused."""

MISSING = object()
SOON = (datetime.now(UTC) + timedelta(hours=25)).isoformat()
FAR = (datetime.now(UTC) + timedelta(days=5 * 366 + 1)).isoformat()
LATER = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()

TEXTS = [
    "",
    " \n\t ",
    SECRET * 1000,
    f"{SECRET}\0",
    f"\x1b[31m{SECRET}",
    f"{SECRET}\x9b",
    5,
    True,
    [SECRET],
    None,
    MISSING,
]
LINES = ["", "  ", "x" * 201, f"{SECRET}\n{SECRET}", f"{SECRET}\0", f"{SECRET}\x07{SECRET}"]
INSTANTS = [
    *("10000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00", "2026-01-01", "2026-02-30T00:00:00Z"),
    *("2026-01-01T25:00:00Z", "0001-01-01T00:00:00Z", "1899-12-31T23:00:00Z", SECRET, "", 1767225600, [SOON], SOON),
]
DATES = [
    "10000-01-01",
    "9999-01-01",
    "2025-02-29",
    "2026-13-01",
    "0000-01-01",
    "1849-12-31",
    LATER,
    "",
    19400229,
    SECRET,
]
ZONES = ["Mars/Olympus", "", "europe/berlin", "../../etc/passwd", "UTC+1", "Europe/Berlin\0", 5, SECRET]
ADDRESSES = [
    "",
    "x",
    "x@",
    "@house.example",
    "a b@house.example",
    "a@b@c.example",
    "a@" + "b" * 250 + ".example",
    "a@\0",
]

FIELDS: dict[tuple[str, str], list[Any]] = {
    ("createNote", "text"): TEXTS,
    ("updateNote", "text"): TEXTS[:-1],
    ("addAddendum", "text"): TEXTS,
    ("addAddendum", "reason"): LINES,
    ("addAddendum", "kind"): [Word("NOPE"), "ADDITION ", None, MISSING, 1],
    ("markNoteEnteredInError", "reason"): LINES,
    ("createNote", "effectiveAt"): INSTANTS,
    ("updateNote", "effectiveAt"): [*INSTANTS, None],
    ("dischargePatient", "dischargedAt"): INSTANTS,
    ("createNote", "category"): [Word("NOPE"), Word("progress"), "", 0, None, MISSING],
    ("createNote", "shift"): [Word("NOON"), 1],
    ("createNote", "idempotencyKey"): LINES,
    ("createPatient", "name"): [*LINES, 5, None, MISSING],
    ("updatePatient", "name"): [*LINES, None],
    ("createPatient", "birthDate"): [*DATES, MISSING],
    ("updatePatient", "birthDate"): [*DATES, None],
    ("createPatient", "timeZone"): ZONES,
    ("createFacility", "timeZone"): [*ZONES, None, MISSING],
    ("updateFacility", "timeZone"): [*ZONES, None],
    ("createTenant", "timeZone"): [*ZONES, None],
    ("createPatient", "email"): ADDRESSES,
    ("createPractitioner", "email"): [*ADDRESSES, None],
    ("createPatient", "phone"): [
        "",
        "030 123456",
        "+0301234567",
        "+49",
        "+4930123456789012",
        "+49301234é",
        " +4930123456",
    ],
    ("createPatient", "locale"): ["", "EN", "en_GB", "en-gb", "english", "de\n"],
    ("createTenant", "locale"): ["", "en_GB", None],
    ("updateTenant", "locale"): ["", "en_GB", None],
    ("createPatient", "mrn"): ["", " ", "x" * 65, "a\tb", "a\0b", None],
    ("updatePatient", "mrn"): ["", None],
    ("createTenant", "slug"): ["", "A", "a", "-a", "a-", "a--b", "a_b", "ä1", "x" * 64, "1a", "ab\n", None],
    ("createPractitioner", "subject"): LINES,
    ("createPractitioner", "role"): [Word("KING"), None],
    ("updatePractitioner", "role"): [Word("KING"), None],
    ("updatePractitioner", "facilityIds"): [None],
    ("updatePatient", "facilityId"): [None],
    ("updateNote", "facilityId"): [None],
    ("updateNote", "priority"): [Word("SOON"), None],
    ("updateFacility", "status"): [Word("GONE"), None],
    ("updateTenant", "name"): [*LINES, None],
    ("bookAppointment", "start"): [*INSTANTS[:-1], FAR, None, MISSING],
    ("bookAppointment", "end"): ["2026-03-03T09:00:00Z", "2026-03-03T08:59:59Z", "2026-03-04T09:00:01Z", None, MISSING],
    ("bookAppointment", "timeZone"): ZONES,
    ("bookAppointment", "serviceType"): [*LINES, 5, None, MISSING],
    ("bookAppointment", "status"): [
        *map(Word, ("ARRIVED", "CHECKED_IN", "FULFILLED", "CANCELLED", "NOSHOW", "ENTERED_IN_ERROR", "NOPE")),
        None,
    ],
    ("bookAppointment", "exclusive"): ["true", 1, None],
    ("rescheduleAppointment", "start"): [FAR, None, MISSING],
    ("rescheduleAppointment", "end"): ["2026-03-03T09:00:00Z", "2026-03-04T09:00:01Z"],
    ("rescheduleAppointment", "timeZone"): [*ZONES, None],
    ("rescheduleAppointment", "practitionerId"): [None],
    ("rescheduleAppointment", "facilityId"): [None],
    ("rescheduleAppointment", "exclusive"): ["true", None],
    ("transitionAppointment", "to"): [Word("CANCELLED"), Word("NOPE"), None, MISSING],
    ("cancelAppointment", "reason"): [*LINES, None, MISSING],
    ("signNote", "expectedVersion"): [2**31, -(2**31) - 1, 1.5, "1", True],
}


@pytest.mark.parametrize(("mutation", "field"), FIELDS, ids=[".".join(each) for each in FIELDS])
async def test_a_wrong_value_is_refused_and_nothing_is_written(
    api: Api, house: House, mutation: str, field: str
) -> None:
    who, good = caller(api, house, mutation), await right(mutation, house)
    before = await content(house)
    for value in FIELDS[mutation, field]:
        body = {name: each for name, each in (good | {field: value}).items() if each is not MISSING}
        # A field that is missing is a fault of the object around it.
        at = ["input"] if value is MISSING else ["input", field]
        for spell in (by_variables, inline):
            document, variables = spell(mutation, body)
            with Listener() as log:
                error = await who.refused(document, **variables)
            assert (error["code"], error["argument"][:2]) == ("BAD_USER_INPUT", at), (spell.__name__, value, error)
            assert SECRET not in log.text, value
            assert any(event["event"] == "request" for event in log.events)
    assert await content(house) == before


LISTS = "query($first: Int, $last: Int, $filter: NoteFilter, $orderBy: NoteOrder) { notes(first: $first, last: $last, filter: $filter, orderBy: $orderBy) { edges { cursor } } }"  # noqa: E501
ARGUMENTS: list[tuple[dict[str, Any], list[str]]] = [
    *(({name: size}, [name]) for name in ("first", "last") for size in (-1, 501, 1_000_000, 2**31, 1.5, "5", [1, 2])),
    ({"first": 1, "last": 1}, ["last"]),
    ({"first": 0, "last": 0}, ["last"]),
    *(
        ({"filter": {"search": s}}, ["filter", "search"])
        for s in ("", "ab", " a ", "a\0b", "x" * 201, f"{SECRET}\n{SECRET}", 5)
    ),
    *(({"filter": {"effectiveFrom": i}}, ["filter", "effectiveFrom"]) for i in INSTANTS[:-1]),
    ({"filter": {"effectiveBefore": "10000-01-01T00:00:00Z"}}, ["filter", "effectiveBefore"]),
    ({"filter": {"statuses": [Word("NOPE")]}}, ["filter", "statuses"]),
    ({"filter": {"statuses": [None]}}, ["filter", "statuses"]),
    ({"filter": {"facilityIds": [None]}}, ["filter", "facilityIds"]),
    ({"orderBy": {"field": Word("TEXT")}}, ["orderBy", "field"]),
    ({"orderBy": {"direction": Word("UP")}}, ["orderBy", "direction"]),
]


async def test_wrong_arguments_of_a_list(api: Api, house: House) -> None:
    who = api.as_(Role.CLINICIAN, house.tenant)
    for arguments, at in ARGUMENTS:
        _, spelled = inline("createNote", arguments)[0].split("input: {", 1)
        document = f"{{ notes({spelled.split('}) {', 1)[0]}) {{ edges {{ cursor }} }} }}"
        for error in (await who.refused(LISTS, **arguments), await who.refused(document)):
            assert (error["code"], error["argument"][: len(at)]) == ("BAD_USER_INPUT", at), (arguments, error)


async def test_below_a_parent_as_well(api: Api, house: House) -> None:
    who = api.as_(Role.CLINICIAN, house.tenant)
    error = await who.refused(
        "query($f: Int) { patients(first: 1) { edges { node { notes(first: $f) { totalCount } } } } }", f=-1
    )
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["first"])
    assert error["path"] == ["patients", "edges", 0, "node", "notes"]


async def test_too_many_ids(api: Api, house: House) -> None:
    who, some = api.as_(Role.CLINICIAN, house.tenant), house.gid("Patient", house.patients[0])
    error = await who.refused("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[some] * 101)
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["ids"])
    assert len((await who.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[some] * 100))["nodes"]) == 100


async def test_an_argument_that_a_document_names_otherwise(api: Api, house: House) -> None:
    """The path is the argument's, not the variable's."""
    who, patient = caller(api, house, "createNote"), house.gid("Patient", house.patients[0])
    document = """mutation($p: ID!, $t: String!, $at: DateTime) {
      createNote(input: {patientId: $p, category: PROGRESS, text: $t, effectiveAt: $at}) { note { id } } }"""
    for variables, at in (({"t": 5}, "text"), ({"t": ""}, "text"), ({"t": "x", "at": "2026-01-01"}, "effectiveAt")):
        error = await who.refused(document, **({"p": patient} | variables))
        assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["input", at])


async def test_lone_surrogates(api: Api, house: House) -> None:
    """UTF-8 has no form for them, so that neither JSON nor a document can hold one: the request is refused as a whole."""
    who, before = caller(api, house, "createNote"), await content(house)
    body = await right("createNote", house) | {"text": f"{SECRET}\ud800"}
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}
    with Listener() as log:
        for document, variables, status, code in (
            (*by_variables("createNote", body), 400, "BAD_USER_INPUT"),
            (*inline("createNote", body), 200, "GRAPHQL_PARSE_FAILED"),
        ):
            sent = json.dumps({"query": document, "variables": variables})  # spelled \ud800
            response = await api.http.post("/graphql", content=sent, headers=headers)
            assert response.status_code == status
            assert response.json()["errors"][0]["extensions"]["code"] == code
        raw = await api.http.post(
            "/graphql", content=b'{"query": "{ viewer { role } } # \xed\xa0\x80"}', headers=headers
        )
        assert (raw.status_code, raw.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert SECRET not in log.text
    assert await content(house) == before


async def test_a_body_beyond_the_limit(api: Api, house: House) -> None:
    who, before = caller(api, house, "createNote"), await content(house)
    document, variables = by_variables("createNote", await right("createNote", house) | {"text": SECRET * 40_000})
    with Listener() as log:
        response = await who.post(document, **variables)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert SECRET not in log.text
    assert await content(house) == before


async def test_what_is_just_right_is_accepted(api: Api, house: House) -> None:
    who = caller(api, house, "createNote")
    text = "\U0001f600" * 19_999 + "\n"
    document, variables = by_variables("createNote", await right("createNote", house) | {"text": text})
    note = (await who.ask(document, **variables))["createNote"]["note"]["id"]
    found = await who.ask("query($id: ID!) { node(id: $id) { ... on Note { text } } }", id=note)
    assert found["node"]["text"] == text


ANY_TEXT = st.text(st.characters(), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANY_TEXT, name=ANY_TEXT, search=ANY_TEXT, cursor=ANY_TEXT)
async def test_no_text_whatever_is_a_bug(
    api: Api, house: House, text: str, name: str, search: str, cursor: str
) -> None:
    token = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0").token
    document = """mutation($note: CreateNoteInput!, $patient: CreatePatientInput!) {
      createNote(input: $note) { note { text } } createPatient(input: $patient) { patient { name } } }"""
    query = """query($search: String, $cursor: Cursor) { notes(filter: {search: $search}) { totalCount }
      patients(search: $search) { totalCount } after: notes(after: $cursor) { totalCount } }"""
    note = await right("createNote", house) | {"text": text, "idempotencyKey": search}
    patient = await right("createPatient", house) | {"name": name, "mrn": text}
    for sent in (
        {"query": document, "variables": {"note": note, "patient": patient}},
        {"query": query, "variables": {"search": search, "cursor": cursor}},
    ):
        response = await api.http.post(
            "/graphql",
            content=json.dumps(sent),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        assert response.status_code < 500
        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        assert codes <= {"BAD_USER_INPUT", "CONFLICT"}, response.json()
