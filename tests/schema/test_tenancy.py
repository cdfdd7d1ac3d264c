"""Tenancy, proven from above: every field of the schema that takes an id, and every one that returns one."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)
from uuid_utils.compat import uuid7

import ids
from auth import Role
from schema import schema
from tests.api import Api
from tests.factories import House
from tests.whole_house import contents, furnish, global_ids

TYPES = {kind.name: kind for kind in schema._schema.type_map.values() if isinstance(kind, GraphQLObjectType)}
WITH_ID = {"Tenant", "Facility", "Practitioner", "Patient", "Note", "Addendum", "Appointment", "Reminder"}
WITH_ID |= {"ReminderRule", "Template"}


@dataclass(frozen=True)
class Place:
    """Where an id goes in: an argument of a field, or a field of an input that the argument takes."""

    type_name: str
    field: str
    argument: str
    within: str | None
    many: bool

    def __str__(self) -> str:
        return f"{self.type_name}.{self.field}({'.'.join(filter(None, (self.argument, self.within)))})"

    def value(self, arguments: dict[str, Any], global_id: str) -> dict[str, Any]:
        """The arguments, with this id in this place."""
        given = [global_id] if self.many else global_id
        if self.within is None:
            return {self.argument: given}
        return {self.argument: {**deepcopy(arguments.get(self.argument, {})), self.within: given}}


def places_of_ids() -> Iterator[Place]:
    for type_name, kind in TYPES.items():
        for field_name, field in kind.fields.items():
            for name, argument in field.args.items():
                taken = get_named_type(argument.type)
                if _is_id(taken):
                    yield Place(type_name, field_name, name, None, _many(argument.type))
                elif isinstance(taken, GraphQLInputObjectType):
                    for within, part in taken.fields.items():
                        kind_of_part = get_named_type(part.type)
                        if isinstance(kind_of_part, GraphQLInputObjectType):
                            below = (get_named_type(each.type) for each in kind_of_part.fields.values())
                            assert not any(_is_id(each) for each in below), "walk deeper"
                        if _is_id(kind_of_part):
                            yield Place(type_name, field_name, name, within, _many(part.type))


def _is_id(kind: object) -> bool:
    return isinstance(kind, GraphQLScalarType) and kind.name == "ID"


def _many(kind: GraphQLInputType) -> bool:
    return is_list_type(get_nullable_type(kind))


PLACES = {str(place): place for place in places_of_ids() if not place.type_name.startswith("__")}
# Those that go on are asked in another way: tests/endpoint/live/test_rights.py.
PLACES_OF_SUBSCRIPTIONS = {where: PLACES.pop(where) for where in list(PLACES) if where.startswith("Subscription.")}

# What each id is an id of, and as which of our names (tests.whole_house) a good one is known. A new place needs a line here.
EXPECTED = {
    "Query.node(id)": "patient",
    "Query.nodes(ids)": "patient",
    "Query.notes(filter.facilityIds)": "facility",
    "Query.notes(filter.patientIds)": "patient",
    "Query.notes(filter.authorIds)": "practitioner",
    "Query.patients(filter.facilityIds)": "facility",
    "Query.dailyStats(facilityIds)": "facility",
    "Query.performanceTest(facilityIds)": "facility",
    "Query.noteStats(filter.facilityIds)": "facility",
    "Query.noteStats(filter.patientIds)": "patient",
    "Query.noteStats(filter.authorIds)": "practitioner",
    "Query.dailyStatsRange(facilityIds)": "facility",
    "Facility.notes(filter.facilityIds)": "facility",
    "Facility.notes(filter.patientIds)": "patient",
    "Facility.notes(filter.authorIds)": "practitioner",
    "Facility.patients(filter.facilityIds)": "facility",
    "Patient.notes(filter.facilityIds)": "facility",
    "Patient.notes(filter.patientIds)": "patient",
    "Patient.notes(filter.authorIds)": "practitioner",
    "Query.appointments(filter.facilityIds)": "facility",
    "Query.appointments(filter.patientIds)": "patient",
    "Query.appointments(filter.practitionerIds)": "practitioner",
    "Patient.appointments(filter.facilityIds)": "facility",
    "Patient.appointments(filter.patientIds)": "patient",
    "Patient.appointments(filter.practitionerIds)": "practitioner",
    **{
        f"{where}.reminders(filter.{name})": kind
        for where in ("Query", "Patient", "Appointment")
        for name, kind in (("patientIds", "patient"), ("appointmentIds", "appointment"), ("ruleIds", "reminderrule"))
    },
    "Mutation.updateTenant(input.id)": "tenant",
    "Mutation.suspendTenant(input.id)": "tenant",
    "Mutation.resumeTenant(input.id)": "tenant",
    "Mutation.updateFacility(input.id)": "facility",
    "Mutation.createPractitioner(input.facilityIds)": "facility",
    "Mutation.updatePractitioner(input.id)": "practitioner",
    "Mutation.updatePractitioner(input.facilityIds)": "facility",
    "Mutation.createPatient(input.facilityId)": "facility",
    "Mutation.updatePatient(input.id)": "patient",
    "Mutation.updatePatient(input.facilityId)": "facility",
    "Mutation.dischargePatient(input.id)": "patient",
    "Mutation.createNote(input.patientId)": "patient",
    "Mutation.createNote(input.facilityId)": "facility",
    "Mutation.updateNote(input.id)": "preliminary",
    "Mutation.updateNote(input.facilityId)": "facility",
    "Mutation.signNote(input.id)": "preliminary",
    "Mutation.addAddendum(input.noteId)": "final",
    "Mutation.markNoteEnteredInError(input.id)": "final",
    "Mutation.bookAppointment(input.patientId)": "patient",
    "Mutation.bookAppointment(input.practitionerId)": "practitioner",
    "Mutation.bookAppointment(input.facilityId)": "facility",
    "Mutation.rescheduleAppointment(input.id)": "appointment",
    "Mutation.rescheduleAppointment(input.practitionerId)": "practitioner",
    "Mutation.rescheduleAppointment(input.facilityId)": "facility",
    "Mutation.transitionAppointment(input.id)": "appointment",
    "Mutation.cancelAppointment(input.id)": "appointment",
    "Mutation.createReminderRule(input.templateId)": "template",
    "Mutation.updateReminderRule(input.id)": "reminderrule",
    "Mutation.updateReminderRule(input.templateId)": "template",
    "Mutation.publishTemplate(input.id)": "template",
    "Mutation.setContactPreference(input.patientId)": "patient",
    "Mutation.scheduleReminder(input.patientId)": "patient",
    "Mutation.scheduleReminder(input.appointmentId)": "appointment",
    "Mutation.scheduleReminder(input.templateId)": "template",
    "Mutation.cancelReminder(input.id)": "reminder",
    "Mutation.snoozeReminder(input.id)": "reminder",
    "Mutation.replayReminders(input.reminderIds)": "reminder",
    "Mutation.replayReminders(input.patientIds)": "patient",
    "Mutation.replayReminders(input.ruleIds)": "reminderrule",
}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
BESIDE = {
    "dailyStats": 'date: "2026-03-02", ',
    "dailyStatsRange": 'from: "2026-03-02", through: "2026-03-02", ',
    "performanceTest": 'date: "2026-03-02", ways: [ORIGINAL], rounds: 1, ',
    "noteStats": 'from: "2026-03-02", through: "2026-03-02", groupBy: [FACILITY], ',
    "templatePreview": 'draft: {channel: PUSH, locale: "en", text: "Hello"}',
}
"""What a field takes besides the id in question."""
OF_THE_PLATFORM = ("suspendTenant", "resumeTenant")
"""Its administrators know all tenants, so there is no id of another."""

TYPE_OF = {"preliminary": "Note", "final": "Note", "amended": "Note", "entered_in_error": "Note"} | {
    name.lower(): name for name in WITH_ID - {"Note"}
}


def test_every_place_for_an_id_is_listed() -> None:
    assert set(PLACES) == set(EXPECTED)


def test_every_type_with_an_id_is_listed() -> None:
    assert {name for name, kind in TYPES.items() if "id" in kind.fields and not name.startswith("__")} == WITH_ID


@pytest.fixture
async def ours(house: House) -> dict[str, str]:
    return await global_ids(await furnish(house))


@pytest.fixture
async def theirs(other_house: House) -> dict[str, str]:
    return await global_ids(await furnish(other_house))


def good_input(field: str, ours: dict[str, str]) -> dict[str, Any]:
    """What a mutation takes besides the id in question."""
    patient = {"mrn": "M-1", "name": "N", "birthDate": "1950-01-01", "facilityId": ours["facility"]}
    practitioner = {"subject": "new", "name": "N", "email": "new@house.example", "role": "NURSE"}
    inputs: dict[str, dict[str, Any]] = {
        "createPatient": patient,
        "createPractitioner": practitioner,
        "updateTenant": {"name": "Renamed"},
        "updateFacility": {"name": "Renamed"},
        "updatePractitioner": {"id": ours["practitioner"], "name": "Renamed"},
        "updatePatient": {"id": ours["patient"], "name": "Renamed"},
        "createNote": {"patientId": ours["patient"], "category": "VITALS", "text": "T"},
        "updateNote": {"id": ours["preliminary"], "text": "T"},
        "addAddendum": {"kind": "ADDITION", "reason": "R", "text": "T"},
        "markNoteEnteredInError": {"reason": "R"},
        "bookAppointment": {
            **{"patientId": ours["patient"], "practitionerId": ours["practitioner"], "serviceType": "S"},
            **{"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T10:00:00Z"},
        },
        "rescheduleAppointment": {"id": ours["appointment"], "start": "2026-03-03T09:00:00Z"},
        "transitionAppointment": {"to": "ARRIVED"},
        "cancelAppointment": {"reason": "R"},
        "createReminderRule": {
            **{"name": "New", "elapsed": "PT2H", "channels": ["EMAIL"]},
            "templateId": ours["template"],
        },
        "updateReminderRule": {"id": ours["reminderrule"], "name": "Renamed"},
        "publishTemplate": {"texts": [{"channel": "EMAIL", "locale": "en", "subject": "S", "text": "T"}]},
        "setContactPreference": {"channel": "EMAIL", "consent": True},
        "scheduleReminder": {
            **{"patientId": ours["patient"], "appointmentId": ours["appointment"], "templateId": ours["template"]},
            **{"channels": ["EMAIL"], "notAfter": TOMORROW},
        },
        "snoozeReminder": {"until": TOMORROW},
    }
    return inputs.get(field, {})


def ask_with(place: Place, ours: dict[str, str], global_id: str) -> tuple[str, dict[str, Any]]:
    """A document and its variables, with this id in this place and good values everywhere else."""
    field: GraphQLField = TYPES[place.type_name].fields[place.field]
    argument: GraphQLArgument = field.args[place.argument]
    beside = BESIDE.get(place.field, "")
    asked = f"{place.field}({beside}{place.argument}: $value) {_selection(field)}"
    operation = "mutation" if place.type_name == "Mutation" else "query"
    if place.type_name not in ("Query", "Mutation"):
        asked = f'node(id: "{ours[place.type_name.lower()]}") {{ ... on {place.type_name} {{ {asked} }} }}'
    arguments = {"input": good_input(place.field, ours)} if operation == "mutation" else {}
    value = place.value(arguments, global_id)[place.argument]
    return f"{operation} ($value: {argument.type}) {{ {asked} }}", {"value": value}


def _selection(field: GraphQLField) -> str:
    name = get_named_type(field.type).name
    if name == "NoteStatsConnection":
        return "{ totalCount edges { node { notes } } }"
    if name.endswith("Connection"):
        return "{ totalCount edges { node { id } } }"
    return {"Node": "{ id }", "DailyStats": "{ total }", "Measurement": "{ stats { total } }"}.get(
        name, "{ __typename }"
    )


def caller(api: Api, house: House, place: Place) -> Api:
    """Whoever may ask there."""
    if place.field in OF_THE_PLATFORM:
        return api.as_(Role.PLATFORM_ADMIN)
    notes = ("createNote", "updateNote", "signNote", "addAddendum", "markNoteEnteredInError")
    role = Role.CLINICIAN if place.field in notes else Role.ADMIN
    return api.as_(role, house.tenant, subject="practitioner-0")


@pytest.mark.parametrize("where", PLACES)
async def test_an_id_of_another_tenant_is_an_id_of_nothing(
    api: Api, owner: asyncpg.Pool, house: House, other_house: House, ours: dict[str, str], theirs: dict[str, str],
    where: str,
) -> None:  # fmt: skip
    place, name = PLACES[where], EXPECTED[where]
    asker = caller(api, house, place)
    before = await contents(owner, house), await contents(owner, other_house)
    nothing = ids.encode(TYPE_OF[name], uuid7())
    bad = [nothing, "garbage", "", "é", "\x00", nothing + "=", "n" * 10_000]
    if place.field not in OF_THE_PLATFORM:
        bad.append(theirs[name])
    if place.field not in ("node", "nodes"):
        bad.append(ours["addendum"])  # of the own tenant, and of a type that nothing takes
    answers = []
    for global_id in bad:
        document, variables = ask_with(place, ours, global_id)
        response = await asker.post(document, **variables)
        answers.append((response.status_code, response.json()))
    assert all(answer == answers[0] for answer in answers)
    assert (await contents(owner, house), await contents(owner, other_house)) == before
    _, answer = answers[0]
    if place.type_name == "Mutation":
        [error] = answer["errors"]
        path = [place.argument, place.within, *([0] if place.many else [])]
        assert error["extensions"] == {"code": "NOT_FOUND", "argument": path}
    else:
        assert "errors" not in answer
        assert _is_empty(answer["data"])

    # The same with an id of one's own: it was the id, and nothing else, that was refused.
    document, variables = ask_with(place, ours, ours[name])
    data = await asker.ask(document, **variables)
    assert not _is_empty(data)


def _is_empty(data: dict[str, Any]) -> bool:
    [value] = data.values()
    if isinstance(value, dict) and len(value) == 1 and isinstance(next(iter(value.values())), dict):
        [value] = value.values()
    nothing = {"total": 0}
    return value in (None, [None], {"totalCount": 0, "edges": []}, nothing, [nothing], [{"stats": nothing}])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLINICIAN])
@pytest.mark.parametrize("type_name", sorted(WITH_ID))
async def test_no_object_of_another_tenant_is_found_by_its_id(
    api: Api, house: House, other_house: House, ours: dict[str, str], theirs: dict[str, str], type_name: str, role: Role
) -> None:
    document = "query ($id: ID!) { node(id: $id) { __typename id } }"
    for name in (name for name, kind in TYPE_OF.items() if kind == type_name):
        found = {"node": {"__typename": type_name, "id": theirs[name]}}
        assert await api.as_(role, other_house.tenant).ask(document, id=theirs[name]) == found
        assert await api.as_(role, house.tenant).ask(document, id=theirs[name]) == {"node": None}


ALL_NOTES = "(filter: {statuses: [PRELIMINARY, FINAL, AMENDED, ENTERED_IN_ERROR]})"


def everything_below(kind: GraphQLObjectType, above: tuple[str, ...] = ()) -> str:
    """All fields that need no argument, down every path that does not come by a type twice."""
    parts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()) or below.name in above:
            continue
        if is_leaf_type(below):
            parts.append(name)
        elif isinstance(below, GraphQLObjectType):
            which = ALL_NOTES if below.name == "NoteConnection" else ""
            parts.append(f"{name}{which} {everything_below(below, (*above, kind.name))}")
    return "{ " + " ".join(parts) + " }"


ROOTS = {
    name: get_named_type(field.type)
    for name, field in TYPES["Query"].fields.items()
    if name not in ("node", "nodes", "tenants", "performanceTest", "eventCursor")
}


TO_NOBODY = {"reminderRules": {"reminderrule", "template"}, "templates": {"template"}, "templatePreview": set[str]()}
"""What does not lead to people, and what it does lead to."""


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLINICIAN])
@pytest.mark.parametrize("root", ROOTS)
async def test_no_path_leads_to_another_tenant(
    unlimited: Api, house: House, ours: dict[str, str], theirs: dict[str, str], root: str, role: Role
) -> None:
    kind = ROOTS[root]
    assert isinstance(kind, GraphQLObjectType)
    which = f"({BESIDE[root]})" if root in BESIDE else ALL_NOTES if root == "notes" else ""
    document = f"{{ {root}{which} {everything_below(kind, ('Query',))} }}"
    response = await unlimited.as_(role, house.tenant, subject="practitioner-0").post(document)
    assert "errors" not in response.json()
    assert not [name for name, global_id in theirs.items() if global_id in response.text]
    expected = TO_NOBODY.get(root, set(ours) - {"tenant"})
    assert not [name for name in expected if ours[name] not in response.text]
