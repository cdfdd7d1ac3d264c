"""Reading appointments: lists, what is upcoming, a patient's history, a practitioner's calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth import Role
from db.appointment_states import OCCUPYING, UPCOMING
from db.vocabulary import AppointmentStatus
from tests.api import Api
from tests.factories import NOON, House

LIST = """query($filter: AppointmentFilter, $order: AppointmentOrder, $first: Int, $after: Cursor) {
  appointments(filter: $filter, orderBy: $order, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage } edges { node { id } } } }"""


@pytest.fixture
def desk(api: Api, house: House) -> Api:
    return api.as_(Role.COORDINATOR, house.tenant)


async def listed(who: Api, house: House, **variables: Any) -> list[int]:
    """Which they are, by the order in which the factory made them."""
    page = (await who.ask(LIST, **variables))["appointments"]
    made = [house.gid("Appointment", each) for each in house.appointments]
    found = [made.index(edge["node"]["id"]) for edge in page["edges"]]
    assert page["totalCount"] == len(found)
    return found


async def test_filters(desk: Api, house: House) -> None:
    await house.appointment()
    await house.appointment(facility_id=house.facilities[1], patient_id=house.patients[1])
    await house.appointment(practitioner_id=house.practitioners[1], status="CANCELLED")
    await house.appointment(status="ENTERED_IN_ERROR")
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [2, 1, 0]),
        ({"statuses": ["CANCELLED", "ENTERED_IN_ERROR"]}, [3, 2]),
        ({"facilityIds": [house.gid("Facility", house.facilities[1])]}, [1]),
        ({"patientIds": [house.gid("Patient", house.patients[0])]}, [2, 0]),
        ({"practitionerIds": [house.gid("Practitioner", house.practitioners[1])]}, [2]),
        ({"startFrom": "2026-03-02T13:00:00Z"}, [2, 1]),
        ({"startBefore": "2026-03-02T14:00:00Z"}, [1, 0]),
        ({"startFrom": "2026-03-02T13:00:00Z", "startBefore": "2026-03-02T14:00:00Z"}, [1]),
        ({"upcoming": True}, []),
    ]
    for filter, expected in cases:
        assert await listed(desk, house, filter=filter) == expected, filter
    assert await listed(desk, house, order={"direction": "ASC"}) == [0, 1, 2]


async def test_what_is_upcoming_comes_soonest_first(desk: Api, house: House) -> None:
    now = datetime.now(UTC)
    for status in AppointmentStatus:
        for hours in (-1, 2, 1):
            await house.appointment(status=status, starts_at=now + timedelta(hours=hours), exclusive=False)
    soon = [list(AppointmentStatus).index(status) * 3 + 2 for status in UPCOMING]
    later = [each - 1 for each in soon]
    assert await listed(desk, house, filter={"upcoming": True}) == soon + later
    latest_first = {"direction": "DESC"}
    assert await listed(desk, house, filter={"upcoming": True}, order=latest_first) == [*reversed(soon + later)]
    booked = {"upcoming": True, "statuses": ["BOOKED", "FULFILLED"]}
    assert await listed(desk, house, filter=booked) == [soon[1], later[1]]


async def test_a_walk_meets_each_once_also_of_one_instant(desk: Api, house: House) -> None:
    for _ in range(7):
        await house.appointment(starts_at=NOON, exclusive=False)
    seen, after = [], None
    while True:
        page = (await desk.ask(LIST, first=3, after=after))["appointments"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [house.gid("Appointment", each) for each in reversed(house.appointments)]


async def test_a_patients_history(desk: Api, house: House) -> None:
    for n in range(6):
        await house.appointment(patient_id=house.patients[n % 3])
    data = await desk.ask(
        """query { patients { edges { node { name appointments(first: 1) { totalCount edges { node {
             start practitioner { name } } } } } } } }"""
    )
    for n, edge in enumerate(data["patients"]["edges"]):
        latest = (NOON + timedelta(hours=3 + n)).isoformat()
        node = {"start": latest, "practitioner": {"name": "Ada Nurse"}}
        assert edge["node"]["appointments"] == {"totalCount": 2, "edges": [{"node": node}]}


CALENDAR = """query($id: ID!, $from: DateTime!, $to: DateTime!, $statuses: [AppointmentStatus!]) { node(id: $id) {
  ... on Practitioner { calendar(from: $from, to: $to, statuses: $statuses) { id } } } }"""


async def calendar(who: Api, house: House, begin: str, end: str, **more: Any) -> list[int]:
    practitioner = house.gid("Practitioner", house.practitioners[0])
    data = await who.ask(CALENDAR, id=practitioner, **{"from": begin, "to": end}, **more)
    made = [house.gid("Appointment", each) for each in house.appointments]
    return [made.index(each["id"]) for each in data["node"]["calendar"]]


async def test_a_calendar_has_what_reaches_into_it(desk: Api, house: House) -> None:
    for hour in (0, 9, 10, 11, 23):
        await house.appointment(starts_at=NOON.replace(hour=hour), ends_at=NOON.replace(hour=hour, minute=59))
    long = NOON - timedelta(hours=12)
    await house.appointment(starts_at=long, ends_at=long + timedelta(hours=24), exclusive=False)
    await house.appointment(practitioner_id=house.practitioners[1], starts_at=NOON.replace(hour=10))
    day = ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
    assert sorted(await calendar(desk, house, *day)) == [0, 1, 2, 3, 4, 5]
    # 9:00 to 9:59 does not reach into what begins at 9:59, nor does 11:00 into what ends there.
    assert await calendar(desk, house, "2026-03-02T09:59:00Z", "2026-03-02T11:00:00Z") == [5, 2]
    assert await calendar(desk, house, "2026-03-02T09:58:59Z", "2026-03-02T11:00:01Z") == [5, 1, 2, 3]
    assert await calendar(desk, house, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z") == []


async def test_a_calendar_has_what_takes_time_unless_asked_otherwise(desk: Api, house: House) -> None:
    for status in AppointmentStatus:
        await house.appointment(status=status)
    begin, end = "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"
    states = list(AppointmentStatus)
    assert [states[n] for n in await calendar(desk, house, begin, end)] == [s for s in states if s in OCCUPYING]
    asked = ["CANCELLED", "PROPOSED"]
    assert [states[n] for n in await calendar(desk, house, begin, end, statuses=asked)] == ["PROPOSED", "CANCELLED"]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"),
        ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-03-02T00:00:00Z", "2026-05-03T00:00:01Z"),
        ("1900-01-01T00:00:00Z", "9998-12-31T00:00:00Z"),
    ],
)
async def test_a_calendar_has_an_end(desk: Api, house: House, begin: str, end: str) -> None:
    practitioner = house.gid("Practitioner", house.practitioners[0])
    error = await desk.refused(CALENDAR, id=practitioner, **{"from": begin, "to": end})
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["to"])
    assert await calendar(desk, house, "2026-03-02T00:00:00Z", "2026-05-03T00:00:00Z") == []
