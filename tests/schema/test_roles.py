"""What each role may do, cell by cell."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLObjectType, TypeInfo, TypeInfoVisitor, Visitor, get_named_type, parse, visit

from auth import GRANTS, Permission, Role
from schema import schema
from schema.fields import Needs
from tests.api import Api
from tests.factories import House
from tests.whole_house import contents, furnish, global_ids

# The table of the design, with its first and second row taken apart: a platform's administrator changes a tenant's own
# row as well, and a READER sees of the organization the places alone (names, zones, states), to tell figures apart.
_TABLE = """
                PLATFORM_ADMIN  ADMIN  CLINICIAN  COORDINATOR  BILLING  READER
tenants         write           -      -          -            -        -
own_tenant      write           write  read       read         read     -
organization    -               write  read       read         read     -
facility_names  -               read   read       read         read     read
patients        -               write  write      write        read     -
note_texts      -               read   write      -            -        -
note_times      -               read   read       read         read     read
appointments    -               write  write      write        read     -
appointment_times -             read   read       read         read     read
reminders       -               write  write      write        -        -
reminder_times  -               read   read       read         -        read
statistics      -               read   read       read         read     read
"""
_HEAD, *_ROWS = [line.split() for line in _TABLE.strip().splitlines()]
TABLE = {row: {Role(role): cell for role, cell in zip(_HEAD, cells, strict=True)} for row, *cells in _ROWS}

Need = tuple[str, str]
"""A row of the table, and `read` or `write`."""

PERMISSIONS: dict[Permission, Need] = {
    Permission.TENANTS_WRITE: ("tenants", "write"),
    Permission.ORGANIZATION_READ: ("organization", "read"),
    Permission.ORGANIZATION_WRITE: ("organization", "write"),
    Permission.FACILITIES_READ: ("facility_names", "read"),
    Permission.PATIENTS_READ: ("patients", "read"),
    Permission.PATIENTS_WRITE: ("patients", "write"),
    Permission.NOTE_TEXTS_READ: ("note_texts", "read"),
    Permission.NOTES_WRITE: ("note_texts", "write"),
    Permission.NOTES_READ: ("note_times", "read"),
    Permission.APPOINTMENTS_READ: ("appointments", "read"),
    Permission.APPOINTMENTS_WRITE: ("appointments", "write"),
    Permission.APPOINTMENT_TIMES_READ: ("appointment_times", "read"),
    Permission.REMINDERS_READ: ("reminders", "read"),
    Permission.REMINDERS_WRITE: ("reminders", "write"),
    Permission.REMINDER_TIMES_READ: ("reminder_times", "read"),
    Permission.STATISTICS_READ: ("statistics", "read"),
}


def may(role: Role, need: Need) -> bool:
    row, access = need
    return TABLE[row][role] == "write" or TABLE[row][role] == access


def roles_for(need: Need) -> list[str]:
    return [role.value for role in Role if may(role, need)]


@dataclass(frozen=True)
class Operation:
    """Reads or writes one thing. A role meets the needs in this order; the last one is the cell it belongs to."""

    document: str
    needs: tuple[Need, ...]


def reads(document: str, *rows: str) -> Operation:
    return Operation(document, tuple((row, "read") for row in rows))


def writes(document: str, row: str) -> Operation:
    return Operation("mutation { " + document + " }", ((row, "write"),))


def of_note(field: str, row: str) -> Operation:
    """A field of a note that needs more than the note. The rest of the note comes all the same."""
    return reads(f'{{ node(id: "$final") {{ ... on Note {{ id category {field} }} }} }}', "note_times", row)


def of_appointment(field: str, row: str) -> Operation:
    return reads(
        f'{{ node(id: "$appointment") {{ ... on Appointment {{ id start {field} }} }} }}', "appointment_times", row
    )


def of_reminder(field: str, row: str) -> Operation:
    return reads(f'{{ node(id: "$reminder") {{ ... on Reminder {{ id dueAt {field} }} }} }}', "reminder_times", row)


def of_group(field: str, row: str) -> Operation:
    document = '{ noteStats(from: "2026-03-02", through: "2026-03-08") { edges { node { notes ' + field + " } } } }"
    return reads(document, "statistics", row)


OPERATIONS = [
    reads("{ tenants { totalCount edges { node { name } } } }", "tenants"),
    writes('createTenant(input: {name: "N", slug: "$slug", timeZone: "UTC"}) { tenant { id } }', "tenants"),
    writes('suspendTenant(input: {id: "$tenant"}) { tenant { status } }', "tenants"),
    writes('resumeTenant(input: {id: "$tenant"}) { tenant { status } }', "tenants"),
    reads("{ viewer { tenant { name } } }", "own_tenant"),
    reads('{ node(id: "$tenant") { ... on Tenant { name status } } }', "own_tenant"),
    writes('updateTenant(input: {id: "$tenant", name: "N"}) { tenant { name } }', "own_tenant"),
    reads("{ viewer { practitioner { name } } }", "own_tenant"),
    reads("{ practitioners { totalCount edges { node { name email facilities { name } } } } }", "organization"),
    reads('{ node(id: "$practitioner") { ... on Practitioner { name } } }', "organization"),
    reads('{ node(id: "$tenant") { ... on Tenant { facilities { totalCount } } } }', "own_tenant", "organization"),
    reads('{ notes(filter: {authorIds: ["$practitioner"]}) { totalCount } }', "note_times", "organization"),
    of_note("author { name }", "organization"),
    of_note("signedBy { name }", "organization"),
    of_note("retractedBy { name }", "organization"),
    reads(
        '{ node(id: "$addendum") { ... on Addendum { text author { name } note { text addenda { kind } } } } }',
        "note_texts",
    ),
    reads(
        '{ node(id: "$preliminary") { ... on Note { versions { text replacedBy { name } } } } }',
        "note_times",
        "note_texts",
    ),
    writes('createFacility(input: {name: "F", timeZone: "UTC"}) { facility { id } }', "organization"),
    writes('updateFacility(input: {id: "$facility", name: "F"}) { facility { name } }', "organization"),
    writes(
        'createPractitioner(input: {subject: "s", name: "P", email: "p@house.example", role: NURSE}) '
        "{ practitioner { id } }",
        "organization",
    ),
    writes('updatePractitioner(input: {id: "$practitioner", name: "P"}) { practitioner { name } }', "organization"),
    reads("{ facilities { totalCount edges { node { name timeZone status } } } }", "facility_names"),
    reads('{ node(id: "$facility") { ... on Facility { name timeZone status } } }', "facility_names"),
    reads("{ patients { totalCount edges { node { name email phone birthDate mrn } } } }", "patients"),
    reads('{ patients(search: "cora") { totalCount } }', "patients"),
    reads('{ node(id: "$patient") { ... on Patient { name } } }', "patients"),
    reads("{ facilities { edges { node { name patients { totalCount } } } } }", "facility_names", "patients"),
    reads('{ notes(filter: {patientIds: ["$patient"]}) { totalCount } }', "note_times", "patients"),
    of_note("patient { name }", "patients"),
    writes(
        'createPatient(input: {facilityId: "$facility", mrn: "M", name: "P", birthDate: "1950-01-01"}) '
        "{ patient { id } }",
        "patients",
    ),
    writes('updatePatient(input: {id: "$patient", name: "P"}) { patient { name } }', "patients"),
    writes('dischargePatient(input: {id: "$patient"}) { patient { status } }', "patients"),
    of_note("text", "note_texts"),
    of_note("contentHash", "note_texts"),
    of_note("versions { text }", "note_texts"),
    of_note("addenda { text }", "note_texts"),
    of_note("retractionReason", "note_texts"),
    reads('{ notes(filter: {search: "note"}) { totalCount } }', "note_times", "note_texts"),
    writes(
        'createNote(input: {patientId: "$patient", category: VITALS, text: "T"}) { note { id } }',
        "note_texts",
    ),
    writes('updateNote(input: {id: "$preliminary", text: "T"}) { note { text } }', "note_texts"),
    writes('signNote(input: {id: "$preliminary"}) { note { status } }', "note_texts"),
    writes(
        'addAddendum(input: {noteId: "$final", kind: ADDITION, reason: "R", text: "T"}) { addendum { id } }',
        "note_texts",
    ),
    writes('markNoteEnteredInError(input: {id: "$final", reason: "R"}) { note { status } }', "note_texts"),
    reads(
        "{ notes { totalCount edges { node { category shift priority status effectiveAt recordedAt lateEntry signedAt "
        "retractedAt facility { name } } } } }",
        "note_times",
    ),
    reads('{ node(id: "$final") { ... on Note { category status effectiveAt } } }', "note_times"),
    reads("{ eventCursor }", "note_times"),
    reads("{ facilities { edges { node { name notes { totalCount } } } } }", "facility_names", "note_times"),
    reads("{ patients { edges { node { name notes { totalCount } } } } }", "patients", "note_times"),
    of_appointment("patient { name }", "patients"),
    of_appointment("practitioner { name }", "organization"),
    of_appointment("serviceType", "appointments"),
    of_appointment("cancelReason", "appointments"),
    reads('{ appointments(filter: {patientIds: ["$patient"]}) { totalCount } }', "appointment_times", "patients"),
    reads(
        '{ appointments(filter: {practitionerIds: ["$practitioner"]}) { totalCount } }',
        "appointment_times",
        "organization",
    ),
    writes(
        'bookAppointment(input: {patientId: "$patient", practitionerId: "$practitioner", serviceType: "S", '
        'start: "2026-03-03T09:00:00Z", end: "2026-03-03T10:00:00Z"}) { appointment { id } }',
        "appointments",
    ),
    writes(
        'rescheduleAppointment(input: {id: "$appointment", start: "2026-03-04T09:00:00Z"}) { appointment { start } }',
        "appointments",
    ),
    writes(
        'transitionAppointment(input: {id: "$appointment", to: ARRIVED}) { appointment { status } }', "appointments"
    ),
    writes('cancelAppointment(input: {id: "$appointment", reason: "R"}) { appointment { status } }', "appointments"),
    reads(
        "{ appointments { totalCount edges { node { start end timeZone status exclusive generation facility { name } } } } }",
        "appointment_times",
    ),
    reads('{ node(id: "$appointment") { ... on Appointment { start status } } }', "appointment_times"),
    reads("{ patients { edges { node { name appointments { totalCount } } } } }", "patients", "appointment_times"),
    reads(
        '{ practitioners { edges { node { name calendar(from: "2026-03-02T00:00:00Z", to: "2026-03-09T00:00:00Z") '
        "{ start } } } } }",
        "organization",
        "appointment_times",
    ),
    of_reminder("patient { name }", "patients"),
    of_reminder("rule { name template { name } }", "organization"),
    of_reminder("template { name }", "organization"),
    of_reminder("text", "reminders"),
    of_reminder("attempts { outcome errorCode }", "reminders"),
    of_reminder("appointment { start }", "appointment_times"),
    reads('{ node(id: "$reminder") { ... on Reminder { dueAt status } } }', "reminder_times"),
    reads(
        "{ reminders { totalCount edges { node { dueAt notAfter status statusReason channel channels priority attemptCount "
        "nextAttemptAt settledAt generation } } } }",
        "reminder_times",
    ),
    reads('{ reminders(filter: {patientIds: ["$patient"]}) { totalCount } }', "reminder_times", "patients"),
    reads('{ reminders(filter: {ruleIds: ["$reminderrule"]}) { totalCount } }', "reminder_times", "organization"),
    reads("{ patients { edges { node { name reminders { totalCount } } } } }", "patients", "reminder_times"),
    reads(
        "{ appointments { edges { node { start reminders { totalCount } } } } }", "appointment_times", "reminder_times"
    ),
    reads("{ patients { edges { node { preferences { channel consentedAt quietHours { weekday } } } } } }", "patients"),
    reads(
        '{ node(id: "$reminder") { ... on Reminder { patient { preferences { address } } } } }',
        "reminder_times",
        "patients",
        "reminders",
    ),
    reads(
        "{ reminderRules { totalCount edges { node { name elapsed template { texts { text } } } } } }", "organization"
    ),
    reads('{ node(id: "$reminderrule") { ... on ReminderRule { name } } }', "organization"),
    reads("{ templates { totalCount edges { node { name texts { preview { text } } } } } }", "organization"),
    reads('{ node(id: "$template") { ... on Template { name } } }', "organization"),
    reads('{ templatePreview(draft: {channel: PUSH, locale: "en", text: "Hello"}) { text } }', "organization"),
    writes(
        'createReminderRule(input: {name: "N", elapsed: "PT2H", channels: [EMAIL], templateId: "$template"}) '
        "{ reminderRule { id } }",
        "organization",
    ),
    writes('updateReminderRule(input: {id: "$reminderrule", active: false}) { reminderRule { id } }', "organization"),
    writes(
        'createTemplate(input: {name: "N", texts: [{channel: PUSH, locale: "en", text: "T"}]}) { template { id } }',
        "organization",
    ),
    writes(
        'publishTemplate(input: {id: "$template", texts: [{channel: EMAIL, locale: "en", subject: "S", text: "T"}]}) '
        "{ template { id } }",
        "organization",
    ),
    writes(
        'setContactPreference(input: {patientId: "$patient", channel: EMAIL, consent: true}) { preference { channel } }',
        "patients",
    ),
    writes(
        'scheduleReminder(input: {patientId: "$patient", text: "Call us.", channels: [EMAIL]}) { reminder { id } }',
        "reminders",
    ),
    writes('snoozeReminder(input: {id: "$reminder", until: "$tomorrow"}) { reminder { id } }', "reminders"),
    writes('cancelReminder(input: {id: "$reminder"}) { reminder { id } }', "reminders"),
    writes("replayReminders(input: {expectedCount: 0}) { count }", "reminders"),
    reads('{ dailyStats(date: "2026-03-02") { total byFacility { notes facility { name } } } }', "statistics"),
    reads('{ dailyStatsRange(from: "2026-03-02", through: "2026-03-08") { uniquePatients } }', "statistics"),
    reads(
        '{ noteStats(from: "2026-03-02", through: "2026-03-08", groupBy: [FACILITY]) '
        "{ totalCount edges { node { notes uniqueAuthors facility { name } } } } }",
        "statistics",
    ),
    *(
        reads(
            f'{{ noteStats(from: "2026-03-02", through: "2026-03-08", {asked}) {{ totalCount }} }}', "statistics", row
        )
        for asked, row in (
            ("groupBy: [PATIENT]", "patients"),
            ('filter: {patientIds: ["$patient"]}', "patients"),
            ("groupBy: [AUTHOR]", "organization"),
            ('filter: {search: "note"}', "note_texts"),
        )
    ),
    Operation(
        '{ performanceTest(date: "2026-03-02", rounds: 1) { way milliseconds stats { total } } }',
        (("organization", "write"),),
    ),
    of_group("patient { name }", "patients"),
    of_group("author { name }", "organization"),
    reads(
        '{ facilities { edges { node { dailyStats(date: "2026-03-02") { total } } } } }', "facility_names", "statistics"
    ),
    reads(
        '{ node(id: "$facility") { ... on Facility { dailyStatsRange(from: "2026-03-02", through: "2026-03-08") '
        "{ total } } } }",
        "facility_names",
        "statistics",
    ),
]

CELLS = [(*need, role) for need in dict.fromkeys(each.needs[-1] for each in OPERATIONS) for role in Role]


@pytest.fixture
async def places(house: House) -> dict[str, str]:
    """What stands for the `$names` in the documents."""
    tomorrow = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
    return {**await global_ids(await furnish(house)), "slug": f"new-{house.slug}", "tomorrow": tomorrow}


@pytest.mark.parametrize(("row", "access", "role"), CELLS, ids=["-".join(cell) for cell in CELLS])
async def test_cell(
    api: Api, owner: asyncpg.Pool, house: House, places: dict[str, str], row: str, access: str, role: Role
) -> None:
    caller = api.as_(role, house.tenant, subject="practitioner-0")
    allowed, before = may(role, (row, access)), await contents(owner, house)
    for operation in OPERATIONS:
        if operation.needs[-1] != (row, access):
            continue
        document = Template(operation.document).substitute(places)
        lacking = next((need for need in operation.needs if not may(role, need)), None)
        if lacking is None:
            await caller.ask(document)
            continue
        refusals = await _refusals(caller, document)
        assert refusals, f"{role} may not: {document}"
        for refusal in refusals:
            assert refusal["code"] == "FORBIDDEN"
            assert refusal["roles"] == roles_for(lacking)
            assert all(needed in refusal["message"] for needed in [*roles_for(lacking), role])
    assert (await contents(owner, house) != before) == (allowed and access == "write")


async def _refusals(caller: Api, document: str) -> list[dict[str, Any]]:
    """The errors of an answer that withholds what they are about."""
    answer = await caller.answer(document)
    for error in answer.get("errors", ()):
        at = answer["data"]
        for step in error["path"]:
            at = at and at[step]
        assert at is None
    return [{"message": error["message"], **error["extensions"]} for error in answer.get("errors", ())]


def test_the_code_grants_what_the_table_says() -> None:
    assert set(PERMISSIONS) == set(Permission)
    for role in Role:
        assert GRANTS[role] == {permission for permission, need in PERMISSIONS.items() if may(role, need)}


def test_every_guarded_field_is_in_a_cell() -> None:
    """And every root field is guarded, but for those that decide by what they find.

    Subscriptions, and what they tell, are in tests/endpoint/live/test_rights.py.
    """
    asked = set().union(*(_fields(Template(each.document).safe_substitute()) for each in OPERATIONS))
    subscription = schema._schema.subscription_type
    assert subscription
    told = {subscription, *(get_named_type(field.type) for field in subscription.fields.values())}
    types = [
        each
        for each in schema._schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and (each not in told or each.name == "DailyStats")
    ]
    guarded = {
        f"{kind.name}.{name}"
        for kind in types
        for name, field in kind.fields.items()
        if (declared := field.extensions.get("strawberry-definition"))
        and any(isinstance(each, Needs) for each in declared.extensions)
    }
    assert "Note.text" in guarded
    assert guarded <= asked
    roots = {f"{kind.name}.{name}" for kind in types if kind.name in ("Query", "Mutation") for name in kind.fields}
    assert roots - guarded == {"Query.viewer", "Query.node", "Query.nodes"}


def _fields(document: str) -> set[str]:
    """The fields that a document asks for, as `Type.field`."""
    found, types = set[str](), TypeInfo(schema._schema)

    class Collect(Visitor):
        def enter_field(self, node: Any, *_: Any) -> None:
            parent = types.get_parent_type()
            assert parent
            found.add(f"{get_named_type(parent).name}.{node.name.value}")

    visit(parse(document), TypeInfoVisitor(types, Collect()))
    return found
