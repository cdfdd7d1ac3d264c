"""Every mutation writes what happened, in its transaction: those of the schema that do not are named here, with a reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from auth import Role
from db.event_tables import OutboxEvent
from schema import schema
from tests.api import Api
from tests.factories import House
from tests.reminding import due, rule
from tests.resolvers.writing import by_variables, caller, right

OF_THE_HOUSE = "Who works where changes seldom, and nobody subscribes to it."
SILENT = {
    **dict.fromkeys(
        ["createTenant", "updateTenant", "suspendTenant", "resumeTenant"], "A tenant's stream tells what happens in it."
    ),
    **dict.fromkeys(["createPractitioner", "updatePractitioner"], OF_THE_HOUSE),
    **dict.fromkeys(["createTemplate", "publishTemplate"], "Words, which those who send them look up."),
    **dict.fromkeys(
        ["createReminderRule", "updateReminderRule"], "What a rule changes are reminders: each of them has its event."
    ),
    "setContactPreference": "What it changes shows when a reminder is about to be sent.",
}
EVENTS = {
    "createFacility": ("Facility", "CREATED"),
    "updateFacility": ("Facility", "UPDATED"),
    "createPatient": ("Patient", "CREATED"),
    "updatePatient": ("Patient", "UPDATED"),
    "dischargePatient": ("Patient", "DISCHARGED"),
    "createNote": ("Note", "CREATED"),
    "updateNote": ("Note", "UPDATED"),
    "signNote": ("Note", "SIGNED"),
    "addAddendum": ("Note", "AMENDED"),
    "markNoteEnteredInError": ("Note", "ENTERED_IN_ERROR"),
    "bookAppointment": ("Appointment", "BOOKED"),
    "rescheduleAppointment": ("Appointment", "RESCHEDULED"),
    "transitionAppointment": ("Appointment", "TRANSITIONED"),
    "cancelAppointment": ("Appointment", "CANCELLED"),
}
BY_HAND = {"scheduleReminder", "snoozeReminder", "cancelReminder", "replayReminders"}
# What a payload may hold: words of vocabularies, versions and ids.
PAYLOAD = {"author_id", "practitioner_id", "left_facility_id", "category", "priority", "shift", "status", "version"}


async def written(house: House) -> list[Any]:
    return await house.pool.fetch("SELECT * FROM outbox WHERE tenant_id = $1 ORDER BY at", house.tenant)


def test_every_mutation_is_in_one_of_the_lists() -> None:
    assert schema._schema.mutation_type is not None
    assert set(schema._schema.mutation_type.fields) == SILENT.keys() | EVENTS.keys() | BY_HAND
    assert not SILENT.keys() & EVENTS.keys()


@pytest.mark.parametrize("mutation", EVENTS)
async def test_a_mutation_writes_its_event(api: Api, house: House, mutation: str) -> None:
    document, variables = by_variables(mutation, await right(mutation, house))
    answer = await caller(api, house, mutation).ask(document, **variables)
    [event] = await written(house)
    assert (event["type"], event["kind"]) == EVENTS[mutation]
    [[thing]] = [payload.values() for payload in answer.values()]
    # An addendum amends the note that it belongs to.
    about = house.gid("Note", house.notes[0]) if mutation == "addAddendum" else thing["id"]
    assert house.gid(event["type"], event["entity_id"]) == about
    assert event["facility_id"] in (*house.facilities, event["entity_id"])
    assert orjson.loads(event["payload"]).keys() <= PAYLOAD


async def test_what_fails_writes_none(api: Api, house: House) -> None:
    document, variables = by_variables("createNote", await right("createNote", house))
    variables["it"]["facilityId"] = house.gid("Facility", house.patients[0])
    answer = await caller(api, house, "createNote").answer(document, **variables)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await written(house) == []


async def test_a_move_tells_where_the_note_was(api: Api, house: House) -> None:
    """So that whoever watches the facility that it left can hear of it."""
    document, variables = by_variables("updateNote", await right("updateNote", house))
    variables["it"]["facilityId"] = house.gid("Facility", house.facilities[1])
    await caller(api, house, "updateNote").ask(document, **variables)
    [event] = await written(house)
    assert event["facility_id"] == house.facilities[1]
    assert orjson.loads(event["payload"])["left_facility_id"] == str(house.facilities[0])


async def test_reminders_follow_their_appointment(api: Api, house: House) -> None:
    """Booked, moved and cancelled: each change of a reminder is an event of its own."""
    rule_id = await rule(house)
    document, variables = by_variables("bookAppointment", await right("bookAppointment", house))
    variables["it"] |= {"start": "2030-03-03T09:00:00Z", "end": "2030-03-03T09:30:00Z"}
    booked = await caller(api, house, "bookAppointment").ask(document, **variables)
    appointment = booked["bookAppointment"]["appointment"]["id"]
    for mutation, more in (
        ("rescheduleAppointment", {"start": "2030-03-04T09:00:00Z"}),
        ("cancelAppointment", {"reason": "No transport."}),
    ):
        document, variables = by_variables(mutation, {"id": appointment, **more})
        await caller(api, house, mutation).ask(document, **variables)
    events = await written(house)
    assert [(event["type"], event["kind"]) for event in events] == [
        *(("Appointment", "BOOKED"), ("Reminder", "SCHEDULED")),
        *(("Appointment", "RESCHEDULED"), ("Reminder", "CANCELLED"), ("Reminder", "SCHEDULED")),
        *(("Appointment", "CANCELLED"), ("Reminder", "CANCELLED")),
    ]
    assert {event["facility_id"] for event in events} == {house.facilities[0]}
    reminders = await house.pool.fetch("SELECT id FROM reminders WHERE rule_id = $1", rule_id)
    assert {event["entity_id"] for event in events if event["type"] == "Reminder"} == {row["id"] for row in reminders}


async def test_reminders_changed_by_hand(api: Api, house: House) -> None:
    desk = api.as_(Role.COORDINATOR, house.tenant)
    [made] = await due(house)
    await house.pool.execute(
        """WITH gone AS (DELETE FROM reminder_queue WHERE tenant_id = $1)
           UPDATE reminders SET status = 'DEAD', status_reason = 'REJECTED', settled_at = now() WHERE tenant_id = $1""",
        house.tenant,
    )
    reminder, later = house.gid("Reminder", made), (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    for document in (
        "mutation { replayReminders(input: { expectedCount: 1 }) { count } }",
        f'mutation {{ snoozeReminder(input: {{ id: "{reminder}", until: "{later}" }}) {{ reminder {{ id }} }} }}',
        f'mutation {{ cancelReminder(input: {{ id: "{reminder}" }}) {{ reminder {{ id }} }} }}',
    ):
        await desk.ask(document)
    assert [(event["entity_id"], event["kind"]) for event in await written(house)] == [
        (made, kind) for kind in ("SCHEDULED", "SCHEDULED", "CANCELLED")
    ]
    patient = house.gid("Patient", house.patients[0])
    once = f'{{ patientId: "{patient}", channels: [EMAIL], text: "Bring your glasses." }}'
    await desk.ask(f"mutation {{ scheduleReminder(input: {once}) {{ reminder {{ id }} }} }}")
    assert [event["kind"] for event in await written(house)][3:] in (["SCHEDULED"], ["SKIPPED"])


def test_events_have_no_room_for_texts() -> None:
    columns = set(OutboxEvent.__table__.columns.keys())
    assert columns == {"tenant_id", "at", "kind", "type", "entity_id", "facility_id", "patient_id", "payload"}
