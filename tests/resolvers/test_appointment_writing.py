"""Appointments over the API: booked, moved, taken through their states; with several hands in it at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth import Role
from db.appointment_states import TRANSITIONS
from db.vocabulary import AppointmentStatus
from tests.api import Api
from tests.factories import NOON, House
from tests.resolvers.writing import content

APPOINTMENT = """id version start end timeZone serviceType exclusive status generation cancelReason
  patient { id } practitioner { id } facility { id }"""


def document(mutation: str) -> str:
    kind = f"{mutation[0].upper()}{mutation[1:]}"
    return f"mutation($it: {kind}Input!) {{ {mutation}(input: $it) {{ appointment {{ {APPOINTMENT} }} }} }}"


async def do(who: Api, mutation: str, **input: Any) -> dict[str, Any]:
    done: dict[str, Any] = (await who.ask(document(mutation), it=input))[mutation]["appointment"]
    return done


async def fail(who: Api, mutation: str, **input: Any) -> tuple[str, str]:
    error = await who.refused(document(mutation), it=input)
    return error["code"], error.get("reason", "")


def request(house: House, **input: Any) -> dict[str, Any]:
    """What books a morning with the first practitioner."""
    return {
        "patientId": house.gid("Patient", house.patients[0]),
        "practitionerId": house.gid("Practitioner", house.practitioners[0]),
        "start": "2026-03-03T09:00:00Z",
        "end": "2026-03-03T09:30:00Z",
        "serviceType": "Physiotherapy",
        **input,
    }


@pytest.fixture
def desk(api: Api, house: House) -> Api:
    return api.as_(Role.COORDINATOR, house.tenant)


async def test_from_the_booking_to_the_end(desk: Api, house: House) -> None:
    booked = await do(desk, "bookAppointment", **request(house))
    assert booked == {
        "id": booked["id"],
        "version": 1,
        "start": "2026-03-03T09:00:00+00:00",
        "end": "2026-03-03T09:30:00+00:00",
        "timeZone": "Europe/Berlin",
        "serviceType": "Physiotherapy",
        "exclusive": True,
        "status": "BOOKED",
        "generation": 1,
        "cancelReason": None,
        "patient": {"id": house.gid("Patient", house.patients[0])},
        "practitioner": {"id": house.gid("Practitioner", house.practitioners[0])},
        "facility": {"id": house.gid("Facility", house.facilities[0])},
    }
    moved = await do(
        desk, "rescheduleAppointment", id=booked["id"], start="2026-03-04T10:00:00+01:00", expectedVersion=1
    )
    times = {"start": "2026-03-04T09:00:00+00:00", "end": "2026-03-04T09:30:00+00:00"}
    assert moved == booked | times | {"generation": 2, "version": 2}
    for number, state in enumerate(("ARRIVED", "CHECKED_IN", "FULFILLED", "ENTERED_IN_ERROR"), start=3):
        now = await do(desk, "transitionAppointment", id=booked["id"], to=state, expectedVersion=number - 1)
        assert now == moved | {"status": state, "version": number}


async def test_what_is_given_is_taken(desk: Api, house: House) -> None:
    given = {
        "facilityId": house.gid("Facility", house.facilities[1]),
        "timeZone": "Asia/Kolkata",
        "exclusive": False,
        "status": "WAITLIST",
    }
    booked = await do(desk, "bookAppointment", **request(house, **given))
    assert (booked["timeZone"], booked["exclusive"], booked["status"]) == ("Asia/Kolkata", False, "WAITLIST")
    assert booked["facility"]["id"] == given["facilityId"]
    elsewhere = await do(desk, "bookAppointment", **request(house, facilityId=given["facilityId"]))
    assert elsewhere["timeZone"] == "America/New_York"


async def test_whatever_else_changes_with_the_time(desk: Api, house: House) -> None:
    booked = await do(desk, "bookAppointment", **request(house))
    other = house.gid("Practitioner", house.practitioners[1])
    there = house.gid("Facility", house.facilities[1])
    moved = await do(
        desk,
        "rescheduleAppointment",
        **{"id": booked["id"], "start": booked["start"], "end": "2026-03-03T10:15:00Z"},
        **{"practitionerId": other, "facilityId": there, "exclusive": False},
    )
    assert (moved["start"], moved["end"]) == (booked["start"], "2026-03-03T10:15:00+00:00")
    assert (moved["practitioner"]["id"], moved["facility"]["id"], moved["exclusive"]) == (other, there, False)
    assert (moved["timeZone"], moved["generation"]) == ("America/New_York", 2)
    again = await do(desk, "rescheduleAppointment", id=booked["id"], start=booked["start"], timeZone="UTC")
    assert again == moved | {"end": "2026-03-03T10:15:00+00:00", "timeZone": "UTC", "generation": 3, "version": 3}


async def test_double_booking_is_a_conflict(desk: Api, house: House) -> None:
    first = await do(desk, "bookAppointment", **request(house))
    late = request(house, start="2026-03-03T09:29:59Z", end="2026-03-03T10:00:00Z")
    before = await content(house)
    assert await fail(desk, "bookAppointment", **late) == ("CONFLICT", "DOUBLE_BOOKED")
    assert await content(house) == before
    # At the same minute as the first one ends; beside it, on purpose; on a waiting list, which holds no time.
    await do(desk, "bookAppointment", **late | {"start": "2026-03-03T09:30:00Z"})
    await do(desk, "bookAppointment", **request(house, exclusive=False))
    waiting = await do(desk, "bookAppointment", **request(house, status="WAITLIST"))
    assert await fail(desk, "transitionAppointment", id=waiting["id"], to="BOOKED") == ("CONFLICT", "DOUBLE_BOOKED")
    later = await do(
        desk, "bookAppointment", **request(house, start="2026-03-03T11:00:00Z", end="2026-03-03T12:00:00Z")
    )
    move = {"id": later["id"], "start": "2026-03-03T09:00:00Z"}
    assert await fail(desk, "rescheduleAppointment", **move) == ("CONFLICT", "DOUBLE_BOOKED")
    # What is cancelled holds its time no longer.
    await do(desk, "cancelAppointment", id=first["id"], reason="No transport.")
    assert (await do(desk, "transitionAppointment", id=waiting["id"], to="BOOKED"))["status"] == "BOOKED"


async def test_of_many_who_want_one_time_one_gets_it(desk: Api, house: House) -> None:
    """And the others hear why: not of a deadlock, which two would run into that wait for each other."""
    waiting = [await do(desk, "bookAppointment", **request(house, status="WAITLIST")) for _ in range(4)]
    elsewhere = [
        await do(
            desk, "bookAppointment", **request(house, start=f"2026-03-0{n}T09:00:00Z", end=f"2026-03-0{n}T09:20:00Z")
        )
        for n in range(4, 8)
    ]
    asked = [
        *(("bookAppointment", request(house, end=f"2026-03-03T09:3{n}:00Z")) for n in range(4)),
        *(("transitionAppointment", {"id": each["id"], "to": "BOOKED"}) for each in waiting),
        *(("rescheduleAppointment", {"id": each["id"], "start": "2026-03-03T09:10:00Z"}) for each in elsewhere),
    ]
    answers = await asyncio.gather(*(desk.answer(document(mutation), it=it) for mutation, it in asked))
    refusals = [answer["errors"][0]["extensions"]["reason"] for answer in answers if "errors" in answer]
    assert refusals == ["DOUBLE_BOOKED"] * (len(asked) - 1)


async def test_of_moves_that_saw_the_same_one_wins(desk: Api, house: House) -> None:
    booked = await do(desk, "bookAppointment", **request(house))
    moves = [{"id": booked["id"], "start": f"2026-03-0{n}T09:00:00Z", "expectedVersion": 1} for n in range(4, 9)]
    answers = await asyncio.gather(*(desk.answer(document("rescheduleAppointment"), it=each) for each in moves))
    lost = [answer["errors"][0]["extensions"]["reason"] for answer in answers if "errors" in answer]
    assert lost == ["STALE_VERSION"] * 4


async def test_moved_and_cancelled_at_once(desk: Api, house: House) -> None:
    """Whichever comes first: it is cancelled in the end, and a move that came too late says so."""
    booked = await do(desk, "bookAppointment", **request(house))
    move = desk.answer(document("rescheduleAppointment"), it={"id": booked["id"], "start": "2026-03-04T09:00:00Z"})
    cancel = desk.answer(document("cancelAppointment"), it={"id": booked["id"], "reason": "No transport."})
    moved, cancelled = await asyncio.gather(move, cancel)
    now = cancelled["data"]["cancelAppointment"]["appointment"]
    assert now["status"] == "CANCELLED"
    if "errors" in moved:
        assert moved["errors"][0]["extensions"]["reason"] == "APPOINTMENT_STATUS"
    assert (now["generation"], now["version"]) == ((1, 2) if "errors" in moved else (2, 3))


@pytest.mark.parametrize("state", AppointmentStatus)
async def test_a_state_leads_to_others_and_says_which(desk: Api, house: House, state: AppointmentStatus) -> None:
    allowed = list(TRANSITIONS[state])
    for following in AppointmentStatus:
        cancels = following is AppointmentStatus.CANCELLED
        mutation = "cancelAppointment" if cancels else "transitionAppointment"
        more = {"reason": "No transport."} if cancels else {"to": following}
        appointment = house.gid("Appointment", await house.appointment(status=state))
        if following in allowed:
            now = await do(desk, mutation, id=appointment, **more)
            assert (now["status"], now["version"]) == (following, 2)
            assert (now["cancelReason"] is not None) == ("CANCELLED" in (state, following))
            continue
        error = await desk.refused(document(mutation), it={"id": appointment, **more})
        assert (error["code"], error["reason"]) == ("CONFLICT", "APPOINTMENT_STATUS")
        assert (error["from"], error["to"], error["allowed"]) == (state, following, allowed)
        assert all(word in error["message"] for word in (state, following, *allowed))


@pytest.mark.parametrize("state", ["ARRIVED", "CHECKED_IN", "FULFILLED", "CANCELLED", "NOSHOW", "ENTERED_IN_ERROR"])
async def test_what_is_no_longer_planned_is_not_moved(desk: Api, house: House, state: str) -> None:
    appointment = house.gid("Appointment", await house.appointment(status=state))
    before = await content(house)
    error = await desk.refused(
        document("rescheduleAppointment"), it={"id": appointment, "start": "2026-03-04T09:00:00Z", "expectedVersion": 7}
    )
    assert (error["code"], error["reason"], error["status"]) == ("CONFLICT", "APPOINTMENT_STATUS", state)
    assert await content(house) == before


async def test_nobody_fails_to_come_before_the_time(desk: Api, house: House) -> None:
    ahead = house.gid("Appointment", await house.appointment(starts_at=datetime.now(UTC) + timedelta(minutes=5)))
    refusal = await fail(desk, "transitionAppointment", id=ahead, to="NOSHOW")
    assert refusal == ("CONFLICT", "APPOINTMENT_NOT_BEGUN")


@pytest.mark.parametrize("mutation", ["rescheduleAppointment", "transitionAppointment", "cancelAppointment"])
async def test_a_stale_version_is_a_conflict(desk: Api, house: House, mutation: str) -> None:
    more = {"rescheduleAppointment": {"start": "2026-03-04T09:00:00Z"}, "transitionAppointment": {"to": "ARRIVED"}}
    input = {"id": house.gid("Appointment", await house.appointment()), **more.get(mutation, {"reason": "R"})}
    before = await content(house)
    assert await fail(desk, mutation, **input, expectedVersion=7) == ("CONFLICT", "STALE_VERSION")
    assert await content(house) == before


async def test_who_has_left_care_is_not_booked(desk: Api, house: House) -> None:
    """For what lay before, an appointment can still be written down."""
    planned = house.gid("Appointment", await house.appointment(starts_at=NOON - timedelta(days=1)))
    await house.pool.execute(
        "UPDATE patients SET status = 'DISCHARGED', discharged_at = $2 WHERE tenant_id = $1 AND id = $3",
        *(house.tenant, NOON, house.patients[0]),
    )
    refused = ("CONFLICT", "PATIENT_DISCHARGED")
    assert await fail(desk, "bookAppointment", **request(house)) == refused
    assert await fail(desk, "rescheduleAppointment", id=planned, start="2026-03-03T09:00:00Z") == refused
    await do(desk, "bookAppointment", **request(house, start="2026-03-02T11:00:00Z", end="2026-03-02T11:30:00Z"))


async def test_a_closed_facility_is_not_booked(desk: Api, house: House) -> None:
    planned = house.gid("Appointment", await house.appointment())
    await house.pool.execute(
        "UPDATE facilities SET status = 'INACTIVE' WHERE tenant_id = $1 AND id = $2", house.tenant, house.facilities[0]
    )
    refused = ("CONFLICT", "FACILITY_INACTIVE")
    assert await fail(desk, "bookAppointment", **request(house)) == refused
    assert await fail(desk, "rescheduleAppointment", id=planned, start="2026-03-03T09:00:00Z") == refused
    there = house.gid("Facility", house.facilities[1])
    await do(desk, "rescheduleAppointment", id=planned, start="2026-03-03T09:00:00Z", facilityId=there)


async def test_a_retry_moves_once(desk: Api, house: House) -> None:
    booked = await do(desk, "bookAppointment", **request(house))
    move = {"id": booked["id"], "start": "2026-03-04T09:00:00Z", "idempotencyKey": "one", "expectedVersion": 1}
    answers = await asyncio.gather(*(desk.answer(document("rescheduleAppointment"), it=move) for _ in range(5)))
    assert all("errors" not in answer for answer in answers), answers
    assert {answer["data"]["rescheduleAppointment"]["appointment"]["generation"] for answer in answers} == {2}
