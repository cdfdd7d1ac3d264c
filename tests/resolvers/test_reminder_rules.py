"""Rules over the API: what they say, and what they do to appointments that are booked already."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from auth import Role
from db import reminders
from db.reminders import ruling
from db.scope import Database
from tests.api import Api
from tests.factories import House
from tests.resolvers.reminding_by_api import TEXT, do, fail, template

START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
PUSH = {"channel": "PUSH", "locale": "en", "text": "See you."}


@pytest.fixture
def admin(api: Api, house: House) -> Api:
    return api.as_(Role.ADMIN, house.tenant)


async def states(house: House) -> list[tuple[UUID, str, str | None, datetime]]:
    """Appointment, status, reason and due time of each reminder, in the order of the appointments."""
    found = await house.pool.fetch(
        """SELECT appointment_id, status, status_reason, due_at FROM reminders WHERE tenant_id = $1
           ORDER BY appointment_id, due_at""",
        house.tenant,
    )
    return [tuple(row) for row in found]


async def queued(house: House) -> list[tuple[datetime, str, str]]:
    found = await house.pool.fetch(
        "SELECT next_attempt_at, channel, priority FROM reminder_queue WHERE tenant_id = $1 ORDER BY 1", house.tenant
    )
    return [tuple(row) for row in found]


async def rule(who: Api, **more: Any) -> dict[str, Any]:
    given = {"name": "A rule", "elapsed": "PT24H", "channels": ["EMAIL"], "templateId": await template(who, TEXT, PUSH)}
    return await do(who, "createReminderRule", **given | more)


async def test_a_rule_says_when_and_how(admin: Api) -> None:
    made = await rule(admin, elapsed="PT90M", channels=["PUSH", "EMAIL"], priority="HIGH")
    said = {name: made[name] for name in ("elapsed", "daysBefore", "at", "channels", "priority", "active", "version")}
    assert said == {
        **{"elapsed": "PT1H30M", "daysBefore": None, "at": None, "channels": ["PUSH", "EMAIL"]},
        **{"priority": "HIGH", "active": True, "version": 1},
    }
    changed = await do(admin, "updateReminderRule", id=made["id"], daysBefore=0, at="08:05", expectedVersion=1)
    assert changed == made | {"elapsed": None, "daysBefore": 0, "at": "08:05", "version": 2}
    listed = await admin.ask("{ reminderRules { totalCount edges { node { id at template { name } } } } }")
    node = {"id": made["id"], "at": "08:05", "template": {"name": "A template"}}
    assert listed == {"reminderRules": {"totalCount": 1, "edges": [{"node": node}]}}


async def test_a_new_rule_reminds_of_what_is_booked_already(admin: Api, house: House) -> None:
    """Of what is BOOKED and ahead; not of what it would have reminded of before it was there."""
    ahead = await house.appointment(starts_at=START)
    await house.appointment(starts_at=START, status="PENDING", exclusive=False)
    await house.appointment(starts_at=datetime.now(UTC) + timedelta(hours=20))
    await house.appointment()
    await rule(admin)
    assert await states(house) == [(ahead, "SCHEDULED", None, START - timedelta(hours=24))]
    assert await queued(house) == [(START - timedelta(hours=24), "EMAIL", "NORMAL")]


async def test_a_wall_clock_rule_goes_by_the_clock_of_each_patient(admin: Api, house: House) -> None:
    there = await house.patient(time_zone="Asia/Kathmandu")
    start = datetime(2027, 3, 10, 3, tzinfo=UTC)
    await house.appointment(starts_at=start)
    await house.appointment(starts_at=start, patient_id=there, practitioner_id=house.practitioners[1])
    await rule(admin, elapsed=None, daysBefore=1, at="18:00")
    due = [datetime(2027, 3, 9, 12, 15, tzinfo=UTC), datetime(2027, 3, 9, 18, tzinfo=UTC)]
    assert [each for each, *_ in await queued(house)] == due


async def test_reminders_that_wait_follow_their_rule(admin: Api, house: House) -> None:
    appointment, made = await house.appointment(starts_at=START), await rule(admin)
    before = await house.pool.fetchval("SELECT id FROM reminders WHERE tenant_id = $1", house.tenant)
    await do(admin, "updateReminderRule", id=made["id"], elapsed="PT2H", channels=["PUSH"], priority="LOW")
    assert await states(house) == [(appointment, "SCHEDULED", None, START - timedelta(hours=2))]
    assert await queued(house) == [(START - timedelta(hours=2), "PUSH", "LOW")]
    # The same reminder: what a provider knows it by stays.
    assert await house.pool.fetchval("SELECT id FROM reminders WHERE tenant_id = $1", house.tenant) == before
    # A time that is past by now is none to be sent at.
    await do(admin, "updateReminderRule", id=made["id"], elapsed="PT80H")
    assert [each[1:3] for each in await states(house)] == [("CANCELLED", "RULE_CHANGED")]
    assert await queued(house) == []


async def test_a_rule_is_turned_off_and_on(admin: Api, house: House) -> None:
    appointment, made = await house.appointment(starts_at=START), await rule(admin)
    await do(admin, "updateReminderRule", id=made["id"], active=False)
    assert await states(house) == [(appointment, "CANCELLED", "RULE_CHANGED", START - timedelta(hours=24))]
    assert await queued(house) == []
    await do(admin, "updateReminderRule", id=made["id"], active=True)
    assert await states(house) == [(appointment, "SCHEDULED", None, START - timedelta(hours=24))]
    assert len(await queued(house)) == 1


async def test_another_name_leaves_reminders_alone(admin: Api, house: House) -> None:
    await house.appointment(starts_at=START)
    made = await rule(admin)
    before = await house.pool.fetchval("SELECT version FROM reminders WHERE tenant_id = $1", house.tenant)
    await do(admin, "updateReminderRule", id=made["id"], name="Another")
    assert await house.pool.fetchval("SELECT version FROM reminders WHERE tenant_id = $1", house.tenant) == before


@pytest.mark.parametrize("change", [{"elapsed": "PT2H"}, {"active": False}])
async def test_what_is_being_sent_or_was_sent_stays_as_it_is(admin: Api, house: House, change: dict[str, Any]) -> None:
    made = await rule(admin)
    for n in range(2):
        await house.appointment(starts_at=START + timedelta(hours=n))
    await do(admin, "updateReminderRule", id=made["id"], elapsed="PT12H")
    sending, sent = [row[0] for row in await states(house)]
    await house.pool.execute(
        """UPDATE reminder_queue q SET lease_token = gen_random_uuid(), leased_until = now() + interval '1 minute'
           FROM reminders r WHERE q.tenant_id = $1 AND r.tenant_id = $1 AND r.id = reminder_id AND appointment_id = $2""",
        *(house.tenant, sending),
    )
    await house.pool.execute(
        """WITH gone AS (DELETE FROM reminder_queue WHERE tenant_id = $1 AND lease_token IS NULL RETURNING reminder_id)
           UPDATE reminders SET status = 'SENT', settled_at = now() FROM gone WHERE id = reminder_id""",
        house.tenant,
    )
    before = await states(house), await queued(house)
    await do(admin, "updateReminderRule", id=made["id"], **change)
    assert (await states(house), await queued(house)) == before
    assert sent


async def test_of_a_rule_and_a_booking_at_once_neither_misses_the_other(
    admin: Api, house: House, database: Database
) -> None:
    """Whichever comes first: the other one waits for it, and sees it."""
    made = await rule(admin, active=False)
    rule_id = await house.pool.fetchval("SELECT id FROM reminder_rules WHERE tenant_id = $1", house.tenant)
    appointment = await house.appointment(starts_at=START)
    async with database.write(house.tenant) as booking:
        await reminders.book(booking, appointment)
        changing = asyncio.create_task(do(admin, "updateReminderRule", id=made["id"], active=True))
        await waiting_for_a_lock(house)
        assert not changing.done()
    await changing
    assert [each[1] for each in await states(house)] == ["SCHEDULED"]
    other = await house.appointment(starts_at=START + timedelta(hours=1))
    async with database.write(house.tenant) as changing_rules:
        await ruling.change_rules(changing_rules)
        booked = asyncio.create_task(_book(database, house, other))
        await waiting_for_a_lock(house)
        await ruling.apply(changing_rules, rule_id)
    await booked
    assert [each[:2] for each in await states(house)] == [(appointment, "SCHEDULED"), (other, "SCHEDULED")]


async def test_what_is_cancelled_while_a_rule_is_made_is_not_reminded_of(
    admin: Api, house: House, database: Database
) -> None:
    await rule(admin, active=False)
    rule_id = await house.pool.fetchval("SELECT id FROM reminder_rules WHERE tenant_id = $1", house.tenant)
    appointment = await house.appointment(starts_at=START)
    cancel = "mutation($it: CancelAppointmentInput!) { cancelAppointment(input: $it) { appointment { status } } }"
    async with database.write(house.tenant) as changing:
        await ruling.change_rules(changing)
        gone = {"id": house.gid("Appointment", appointment), "reason": "Ill."}
        cancelling = asyncio.create_task(admin.ask(cancel, it=gone))
        await waiting_for_a_lock(house)
        await house.pool.execute("UPDATE reminder_rules SET active = true WHERE id = $1", rule_id)
        await ruling.apply(changing, rule_id)
    await cancelling
    assert [each[1:3] for each in await states(house)] == [("CANCELLED", "APPOINTMENT_CANCELLED")]


async def _book(database: Database, house: House, appointment: UUID) -> None:
    async with database.write(house.tenant) as scope:
        await reminders.book(scope, appointment)


async def waiting_for_a_lock(house: House) -> None:
    async with asyncio.timeout(10):
        while not await house.pool.fetchval(
            """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
        ):
            await asyncio.sleep(0.01)


async def test_a_template_has_to_say_something_on_each_channel(admin: Api) -> None:
    said = await template(admin, TEXT, name="Mail alone")
    wrong = {"name": "R", "elapsed": "PT2H", "channels": ["EMAIL", "PUSH"], "templateId": said}
    assert await fail(admin, "createReminderRule", **wrong) == ("BAD_USER_INPUT", ["input", "channels"])
    made = await rule(admin)
    no_push = {"id": made["id"], "templateId": said}
    assert (await do(admin, "updateReminderRule", **no_push))["template"]["id"] == said
    assert await fail(admin, "updateReminderRule", id=made["id"], channels=["PUSH"]) == (
        "BAD_USER_INPUT",
        ["input", "channels"],
    )
    assert await fail(admin, "publishTemplate", id=said, texts=[PUSH]) == ("BAD_USER_INPUT", ["input", "texts"])


async def test_a_name_is_taken_once(admin: Api) -> None:
    made = await rule(admin)
    again = {"name": "A rule", "elapsed": "PT2H", "channels": ["EMAIL"], "templateId": made["template"]["id"]}
    assert await fail(admin, "createReminderRule", **again) == ("CONFLICT", "DUPLICATE")
    once = {"id": made["id"], "name": "Another", "idempotencyKey": "k"}
    assert await do(admin, "updateReminderRule", **once) == await do(admin, "updateReminderRule", **once)
    assert await fail(admin, "updateReminderRule", id=made["id"], active=False, expectedVersion=1) == (
        "CONFLICT",
        "STALE_VERSION",
    )
