"""Reading reminders: lists and their filters, where each stands, what was tried."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.reminding import due, of_appointment, rule

LIST = """query($filter: ReminderFilter, $order: ReminderOrder, $first: Int, $after: Cursor) {
  reminders(filter: $filter, orderBy: $order, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage } edges { node { id } } } }"""


@pytest.fixture
def desk(api: Api, house: House) -> Api:
    return api.as_(Role.COORDINATOR, house.tenant)


async def listed(who: Api, house: House, made: list[UUID], **variables: Any) -> list[int]:
    """Which of those that were made."""
    page = (await who.ask(LIST, **variables))["reminders"]
    ids = [house.gid("Reminder", each) for each in made]
    found = [ids.index(edge["node"]["id"]) for edge in page["edges"]]
    assert page["totalCount"] == len(found)
    return found


async def settle(house: House, reminder: UUID, status: str, reason: str | None = None) -> None:
    await house.pool.execute(
        "DELETE FROM reminder_queue WHERE tenant_id = $1 AND reminder_id = $2", house.tenant, reminder
    )
    await house.pool.execute(
        """UPDATE reminders SET status = $3, status_reason = $4, settled_at = now(), channel = 'EMAIL', attempt_count = 3
           WHERE tenant_id = $1 AND id = $2""",
        *(house.tenant, reminder, status, reason),
    )


async def lease(house: House, reminder: UUID, seconds: int) -> None:
    await house.pool.execute(
        """UPDATE reminder_queue SET lease_token = gen_random_uuid(), leased_until = now() + $3 * interval '1 second',
               attempt_count = 1 WHERE tenant_id = $1 AND reminder_id = $2""",
        *(house.tenant, reminder, seconds),
    )


async def test_filters(desk: Api, house: House) -> None:
    rules = [await rule(house) for _ in range(2)]
    appointments = [await house.appointment(patient_id=patient) for patient in house.patients[:2]]
    pairs = zip(appointments, rules, strict=True)
    made = [await of_appointment(house, appointment, of) for appointment, of in pairs]
    made += await due(house, 1, priority="HIGH")
    made += await due(house, 2)
    await settle(house, made[0], "DEAD", "REJECTED")
    await settle(house, made[3], "SENT")
    await lease(house, made[2], 60)
    await lease(house, made[4], -1)
    tomorrow, soon = datetime.now(UTC) + timedelta(hours=23), datetime.now(UTC)
    cases: list[tuple[dict[str, Any], set[int]]] = [
        ({}, {0, 1, 2, 3, 4}),
        ({"patientIds": [house.gid("Patient", house.patients[0])]}, {0}),
        ({"appointmentIds": [house.gid("Appointment", each) for each in appointments]}, {0, 1}),
        ({"ruleIds": [house.gid("ReminderRule", rules[1])]}, {1}),
        ({"ruleIds": ["nonsense"]}, set()),
        ({"statuses": ["SCHEDULED"]}, {1, 4}),
        ({"statuses": ["SENDING"]}, {2}),
        ({"statuses": ["SENDING", "SENT"]}, {2, 3}),
        ({"statuses": ["DEAD", "SENT"]}, {0, 3}),
        ({"reasons": ["REJECTED", "NO_CONSENT"]}, {0}),
        ({"priorities": ["HIGH"]}, {2}),
        ({"dueFrom": tomorrow.isoformat()}, {0, 1}),
        ({"dueBefore": soon.isoformat(), "statuses": ["SCHEDULED"]}, {4}),
    ]
    for filter, expected in cases:
        assert set(await listed(desk, house, made, filter=filter)) == expected, filter
    oldest_first = await listed(desk, house, made, order={"direction": "ASC"})
    assert await listed(desk, house, made) == oldest_first[::-1]
    assert set(oldest_first[:3]) == {2, 3, 4}


async def test_a_walk_meets_each_once(desk: Api, house: House) -> None:
    made, seen, after = await due(house, 7), [], None
    while True:
        page = (await desk.ask(LIST, first=3, after=after))["reminders"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == sorted(house.gid("Reminder", each) for each in made)


STATE = "status statusReason channel attemptCount nextAttemptAt settledAt"


async def test_where_it_stands(desk: Api, house: House) -> None:
    """In the queue what is next, after that what became of it."""
    [made] = await due(house, channels=["PUSH", "EMAIL"])
    document = f"query($id: ID!) {{ node(id: $id) {{ __typename ... on Reminder {{ {STATE} channels }} }} }}"

    async def state() -> dict[str, Any]:
        node: dict[str, Any] = (await desk.ask(document, id=house.gid("Reminder", made)))["node"]
        return node

    waiting = await state()
    next_at = datetime.fromisoformat(waiting["nextAttemptAt"])
    assert abs(next_at - datetime.now(UTC)) < timedelta(minutes=2)
    assert waiting == {
        **{"__typename": "Reminder", "status": "SCHEDULED", "statusReason": None, "channel": "PUSH"},
        **{
            "attemptCount": 0,
            "settledAt": None,
            "nextAttemptAt": waiting["nextAttemptAt"],
            "channels": ["PUSH", "EMAIL"],
        },
    }
    await lease(house, made, 60)
    assert await state() == waiting | {"status": "SENDING", "attemptCount": 1}
    await lease(house, made, -1)
    assert (await state())["status"] == "SCHEDULED", "a lease that ran out"
    await settle(house, made, "DEAD", "REJECTED")
    dead = await state()
    assert dead["settledAt"] is not None
    known = {"status": "DEAD", "statusReason": "REJECTED", "channel": "EMAIL", "attemptCount": 3, "nextAttemptAt": None}
    assert dead == waiting | known | {"settledAt": dead["settledAt"]}


async def test_what_was_tried(desk: Api, api: Api, house: House) -> None:
    [made] = await due(house)
    for number, outcome, code in ((2, "ACCEPTED", None), (1, "FAILED", "421")):
        await house.pool.execute(
            "INSERT INTO delivery_attempts VALUES ($1, $2, $3, 'EMAIL', 'smtp', now(), now(), $4, $5, $6)",
            *(house.tenant, made, number, outcome, f"id-{number}", code),
        )
    document = """{ reminders { edges { node { status attempts {
        number channel provider outcome providerMessageId errorCode startedAt finishedAt } } } } }"""
    attempts = (await desk.ask(document))["reminders"]["edges"][0]["node"]["attempts"]
    assert [(each["number"], each["outcome"], each["errorCode"], each["providerMessageId"]) for each in attempts] == [
        (1, "FAILED", "421", "id-1"),
        (2, "ACCEPTED", None, "id-2"),
    ]
    answer = await api.as_(Role.READER, house.tenant).answer(document)
    assert answer["data"]["reminders"]["edges"][0]["node"] == {"status": "SCHEDULED", "attempts": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
