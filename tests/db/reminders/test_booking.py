"""An appointment's reminders follow it: written, moved and cancelled in its own transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.reminding import rule

START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
BOOK = "mutation($it: BookAppointmentInput!) { bookAppointment(input: $it) { appointment { id version } } }"
MOVE = "mutation($it: RescheduleAppointmentInput!) { rescheduleAppointment(input: $it) { appointment { id } } }"
CANCEL = "mutation($it: CancelAppointmentInput!) { cancelAppointment(input: $it) { appointment { id } } }"
TRANSITION = "mutation($it: TransitionAppointmentInput!) { transitionAppointment(input: $it) { appointment { id } } }"


@pytest.fixture
def desk(api: Api, house: House) -> Api:
    return api.as_(Role.COORDINATOR, house.tenant)


async def booked(desk: Api, house: House, start: datetime = START, **more: object) -> str:
    who = {
        "patientId": house.gid("Patient", house.patients[0]),
        "practitionerId": house.gid("Practitioner", house.practitioners[0]),
    }
    times = {"start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat()}
    made = await desk.ask(BOOK, it={**who, **times, "serviceType": "Check-up", **more})
    appointment: str = made["bookAppointment"]["appointment"]["id"]
    return appointment


async def reminders(house: House) -> Sequence[tuple[UUID, int, str, str | None, datetime]]:
    """Rule, generation, status, reason and due time of each."""
    rows = await house.pool.fetch(
        """SELECT rule_id, generation, status, status_reason, due_at FROM reminders WHERE tenant_id = $1
           ORDER BY generation, due_at""",
        house.tenant,
    )
    return [tuple(row) for row in rows]


async def queued(house: House) -> list[datetime]:
    rows = await house.pool.fetch(
        "SELECT next_attempt_at FROM reminder_queue WHERE tenant_id = $1 ORDER BY 1", house.tenant
    )
    return [row["next_attempt_at"] for row in rows]


async def test_booking_writes_a_reminder_for_each_active_rule(desk: Api, house: House) -> None:
    day, hours = await rule(house, "PT24H", ["EMAIL", "PUSH"]), await rule(house, "PT2H")
    await rule(house, "PT1H", active=False)
    await booked(desk, house)
    day_before, hours_before = START - timedelta(days=1), START - timedelta(hours=2)
    assert await reminders(house) == [
        (day, 1, "SCHEDULED", None, day_before),
        (hours, 1, "SCHEDULED", None, hours_before),
    ]
    assert await queued(house) == [day_before, hours_before]
    record = await house.pool.fetchrow(
        "SELECT * FROM reminders WHERE tenant_id = $1 AND rule_id = $2", house.tenant, day
    )
    assert record is not None
    assert (record["channels"], record["not_after"], record["priority"]) == (["EMAIL", "PUSH"], START, "NORMAL")


async def test_a_wall_clock_rule_goes_by_the_patients_clock(desk: Api, house: House) -> None:
    await rule(house, "P1D@18:00")
    await house.pool.execute("UPDATE patients SET time_zone = 'Asia/Kathmandu' WHERE tenant_id = $1", house.tenant)
    await booked(desk, house, datetime(2027, 3, 10, 3, 0, tzinfo=UTC))
    assert await queued(house) == [datetime(2027, 3, 9, 12, 15, tzinfo=UTC)], "UTC+05:45"


async def test_what_was_due_before_booking_is_skipped_and_never_queued(desk: Api, house: House) -> None:
    late = await rule(house, "PT48H")
    in_time = await rule(house, "PT1H")
    start = datetime.now(UTC) + timedelta(hours=30)
    await booked(desk, house, start)
    assert [row[:4] for row in await reminders(house)] == [
        (late, 1, "SKIPPED", "DUE_BEFORE_BOOKING"),
        (in_time, 1, "SCHEDULED", None),
    ]
    assert await queued(house) == [start - timedelta(hours=1)]


async def test_only_what_is_booked_is_reminded_of(desk: Api, house: House) -> None:
    await rule(house)
    appointment = await booked(desk, house, status="PENDING")
    assert await reminders(house) == []
    await desk.ask(TRANSITION, it={"id": appointment, "to": "BOOKED"})
    assert [row[2] for row in await reminders(house)] == ["SCHEDULED"]


async def test_moving_cancels_the_old_generation_and_writes_the_new(desk: Api, house: House) -> None:
    made = await rule(house)
    appointment = await booked(desk, house)
    moved = START + timedelta(days=1)
    await desk.ask(MOVE, it={"id": appointment, "start": moved.isoformat()})
    assert await reminders(house) == [
        (made, 1, "CANCELLED", "APPOINTMENT_MOVED", START - timedelta(days=1)),
        (made, 2, "SCHEDULED", None, moved - timedelta(days=1)),
    ]
    assert await queued(house) == [moved - timedelta(days=1)]


@pytest.mark.parametrize(
    ("document", "more", "reason"),
    [
        (CANCEL, {"reason": "No transport."}, "APPOINTMENT_CANCELLED"),
        (TRANSITION, {"to": "ENTERED_IN_ERROR"}, "APPOINTMENT_CANCELLED"),
        (TRANSITION, {"to": "FULFILLED"}, "APPOINTMENT_OVER"),
    ],
)
async def test_an_appointment_that_is_over_is_not_reminded_of(
    desk: Api, house: House, document: str, more: dict[str, str], reason: str
) -> None:
    await rule(house)
    await desk.ask(document, it={"id": await booked(desk, house), **more})
    assert [row[2:4] for row in await reminders(house)] == [("CANCELLED", reason)]
    assert await queued(house) == []


async def test_a_booking_that_is_refused_leaves_no_reminder(desk: Api, house: House) -> None:
    await rule(house)
    await booked(desk, house)
    before = await reminders(house)
    with pytest.raises(AssertionError, match="CONFLICT"):
        await booked(desk, house)
    assert await reminders(house) == before


async def test_a_reminder_is_of_one_rule_and_generation(house: House) -> None:
    """The database refuses a second one, and one that is half of an appointment."""
    made, appointment = await rule(house), await house.appointment()
    insert = """INSERT INTO reminders (tenant_id, id, patient_id, appointment_id, rule_id, generation, template_id, channels,
                    priority, due_at, not_after, status)
                SELECT tenant_id, gen_random_uuid(), $3, $4, id, $5, template_id, channels, priority, now(), now(), 'SCHEDULED'
                FROM reminder_rules WHERE tenant_id = $1 AND id = $2"""
    await house.pool.execute(insert, house.tenant, made, house.patients[0], appointment, 1)
    with pytest.raises(asyncpg.UniqueViolationError):
        await house.pool.execute(insert, house.tenant, made, house.patients[0], appointment, 1)
    with pytest.raises(asyncpg.CheckViolationError):
        await house.pool.execute(insert, house.tenant, made, house.patients[0], appointment, None)
