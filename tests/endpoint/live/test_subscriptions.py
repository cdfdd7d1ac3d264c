"""What happens comes to those who may know, once, in order, also after a break."""

import asyncio
import time
from typing import Any

import pytest

from auth import Role
from resolvers.positions import cursor_of
from tests.api import Api
from tests.endpoint.live.conftest import Running, subscribed
from tests.endpoint.live.sockets import signed_in
from tests.endpoint.live.writing import booked, signed, written
from tests.factories import House
from tests.reminding import rule

NOTES = "subscription ($after: Cursor, $filter: NoteEventFilter) { noteEvents(after: $after, filter: $filter) "
TEXTS = NOTES + "{ kind cursor at facility { name } node { id text status } } }"
STATS = 'subscription ($every: Float!) { dailyStats(date: "2026-03-02", maxEvery: $every) { total } }'


async def test_an_event_comes_with_the_note_as_it_is(running: Running, clinician: Api, house: House) -> None:
    async with signed_in(running.address, clinician.token) as socket:
        await subscribed(running.live, socket, TEXTS)
        note = await written(clinician, house, "Slept well.")
        event = (await socket.next("1"))["data"]["noteEvents"]
        assert event["kind"] == "CREATED"
        assert event["facility"] == {"name": "Ash"}
        assert event["node"] == {"id": note, "text": "Slept well.", "status": "PRELIMINARY"}
        await signed(clinician, note)
        event = (await socket.next("1"))["data"]["noteEvents"]
        assert (event["kind"], event["node"]["status"]) == ("SIGNED", "FINAL")


async def test_after_a_break_nothing_is_missing_and_nothing_comes_twice(
    running: Running, clinician: Api, house: House
) -> None:
    notes = [await written(clinician, house) for _ in range(2)]
    async with signed_in(running.address, clinician.token) as socket:
        await subscribed(running.live, socket, TEXTS)
        notes.append(await written(clinician, house))
        first = (await socket.next("1"))["data"]["noteEvents"]
        assert first["node"]["id"] == notes[2]
    notes += [await written(clinician, house) for _ in range(3)]
    async with signed_in(running.address, clinician.token) as socket:
        await socket.subscribe("1", TEXTS, after=first["cursor"])
        seen = [(await socket.next("1"))["data"]["noteEvents"] for _ in range(3)]
        notes.append(await written(clinician, house))
        seen.append((await socket.next("1"))["data"]["noteEvents"])
        assert [event["node"]["id"] for event in seen] == notes[3:]
        assert seen[0]["cursor"] != seen[1]["cursor"]


async def test_who_asks_for_the_position_first_misses_nothing(running: Running, clinician: Api, house: House) -> None:
    await written(clinician, house)
    while (before := (await clinician.ask("{ eventCursor }"))["eventCursor"]) == cursor_of(house.tenant, 0):
        await asyncio.sleep(0.01)
    note = await written(clinician, house)
    async with signed_in(running.address, clinician.token) as socket:
        await socket.subscribe("1", TEXTS, after=before)
        assert (await socket.next("1"))["data"]["noteEvents"]["node"]["id"] == note


async def test_a_cursor_of_another_tenant_is_none(
    running: Running, clinician: Api, house: House, api: Api, other_house: House
) -> None:
    other = api.as_(Role.CLINICIAN, other_house.tenant, "practitioner-0")
    async with signed_in(running.address, clinician.token) as socket:
        await subscribed(running.live, socket, TEXTS)
        await written(clinician, house)
        cursor = (await socket.next("1"))["data"]["noteEvents"]["cursor"]
    async with signed_in(running.address, other.token) as socket:
        await socket.subscribe("1", TEXTS, after=cursor)
        [error] = (await socket.hear())["payload"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["after"]}


async def test_a_position_that_was_never_given_has_expired(running: Running, clinician: Api, house: House) -> None:
    async with signed_in(running.address, clinician.token) as socket:
        await socket.subscribe("1", TEXTS, after=cursor_of(house.tenant, 10_000))
        [error] = (await socket.hear())["payload"]
        assert error["extensions"]["code"] == "EVENTS_EXPIRED"


async def test_figures_are_told_at_once_and_after_each_change(running: Running, clinician: Api, house: House) -> None:
    async with signed_in(running.address, clinician.token) as socket:
        await socket.subscribe("1", STATS, every=0.1)
        assert await socket.next("1") == {"data": {"dailyStats": {"total": 0}}}
        await asyncio.gather(*(written(clinician, house) for _ in range(5)))
        told = [0]
        while told[-1] != 5:
            told.append((await socket.next("1"))["data"]["dailyStats"]["total"])
        assert told == sorted(set(told))
        # Whoever comes now is told what is so now.
        await socket.subscribe("2", STATS, every=0.1)
        assert await socket.next("2") == {"data": {"dailyStats": {"total": 5}}}


async def test_figures_are_not_told_more_often_than_asked_for(running: Running, clinician: Api, house: House) -> None:
    async with signed_in(running.address, clinician.token) as socket:
        await socket.subscribe("1", STATS, every=1.0)
        await socket.next("1")
        begun = time.monotonic()
        for _ in range(4):
            await written(clinician, house)
        assert await socket.next("1") == {"data": {"dailyStats": {"total": 4}}}
        assert 0.8 < time.monotonic() - begun < 3


async def test_a_role_without_clinical_rights_gets_no_text(
    running: Running, clinician: Api, api: Api, house: House
) -> None:
    for role in (Role.COORDINATOR, Role.BILLING, Role.READER):
        async with signed_in(running.address, api.as_(role, house.tenant).token) as socket:
            await subscribed(running.live, socket, TEXTS)
            await written(clinician, house, "A secret of Cora's.")
            payload = await socket.next("1")
            assert payload["data"]["noteEvents"]["node"]["text"] is None
            assert payload["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert "secret" not in str(payload)


@pytest.mark.parametrize(
    ("role", "filter"), [(Role.READER, {"patientIds": ["x"]}), (Role.READER, {"authorIds": ["x"]})]
)
async def test_a_filter_by_what_one_may_not_see_is_forbidden(
    running: Running, api: Api, house: House, role: Role, filter: dict[str, Any]
) -> None:
    async with signed_in(running.address, api.as_(role, house.tenant).token) as socket:
        await socket.subscribe("1", TEXTS, filter=filter)
        [error] = (await socket.hear())["payload"]
        assert error["extensions"]["code"] == "FORBIDDEN"


async def test_the_platform_has_no_events(running: Running, api: Api) -> None:
    async with signed_in(running.address, api.as_(Role.PLATFORM_ADMIN).token) as socket:
        await socket.subscribe("1", TEXTS)
        [error] = (await socket.hear())["payload"]
        assert error["extensions"]["code"] == "FORBIDDEN"


async def test_appointments(running: Running, api: Api, house: House) -> None:
    coordinator = api.as_(Role.COORDINATOR, house.tenant)
    async with signed_in(running.address, coordinator.token) as socket:
        query = "subscription { appointmentEvents { kind node { id status } } }"
        await subscribed(running.live, socket, query)
        appointment = await booked(coordinator, house)
        event = (await socket.next("1"))["data"]["appointmentEvents"]
        assert event["kind"] == "BOOKED"
        assert event["node"]["id"] == appointment


async def test_reminders(running: Running, api: Api, house: House) -> None:
    coordinator = api.as_(Role.COORDINATOR, house.tenant)
    await rule(house)
    async with signed_in(running.address, coordinator.token) as socket:
        query = "subscription { reminderEvents { kind node { id status appointment { id } } } }"
        await subscribed(running.live, socket, query)
        appointment = await booked(coordinator, house)
        event = (await socket.next("1"))["data"]["reminderEvents"]
        assert (event["kind"], event["node"]["status"]) == ("SCHEDULED", "SCHEDULED")
        assert event["node"]["appointment"] == {"id": appointment}
        await coordinator.ask(
            'mutation ($id: ID!) { cancelAppointment(input: {id: $id, reason: "Ill."}) { appointment { id } } }',
            id=appointment,
        )
        event = (await socket.next("1"))["data"]["reminderEvents"]
        assert (event["kind"], event["node"]["status"]) == ("CANCELLED", "CANCELLED")
