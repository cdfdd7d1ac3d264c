"""Rules that are new or change where much is booked: in batches, each a transaction, by whoever dispatches."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from db.reminders import ruling
from db.scope import Database
from delivery import rules
from tests.delivery.dispatching import dispatching
from tests.factories import House
from tests.reminding import rule

START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruling, "AT_ONCE", 2)
    monkeypatch.setattr(rules, "POLL", 0.01)


async def booked(house: House) -> list[UUID]:
    """Two at each of four times."""
    return [
        await house.appointment(starts_at=START + timedelta(hours=n // 2), practitioner_id=house.practitioners[n % 2])
        for n in range(8)
    ]


async def states(house: House) -> list[tuple[UUID, str, str | None, timedelta]]:
    rows = await house.pool.fetch(
        """SELECT appointment_id, r.status, status_reason, starts_at - due_at FROM reminders r
           JOIN appointments a ON a.tenant_id = r.tenant_id AND a.id = appointment_id
           WHERE r.tenant_id = $1 ORDER BY starts_at, appointment_id""",
        house.tenant,
    )
    return [tuple(row) for row in rows]


async def pending(house: House) -> datetime | None:
    found: datetime | None = await house.pool.fetchval(
        "SELECT pending_after FROM reminder_rules WHERE tenant_id = $1", house.tenant
    )
    return found


async def changed(queue: Database, house: House, change: str, rule_id: UUID) -> None:
    """As the mutation does it."""
    await house.pool.execute(f"UPDATE reminder_rules SET {change} WHERE id = $1", rule_id)
    async with queue.write(house.tenant) as scope:
        await ruling.change_rules(scope)
        await ruling.apply(scope, rule_id)


async def gone_through(queue: Database, house: House) -> None:
    async with dispatching(queue, {}), dispatching(queue, {}), asyncio.timeout(10):
        while await pending(house):
            await asyncio.sleep(0.01)


async def test_a_rule_is_applied_in_batches_that_go_on_where_the_last_one_ended(queue: Database, house: House) -> None:
    appointments = await booked(house)
    made = await rule(house)
    await changed(queue, house, "active = true", made)
    assert len(await states(house)) == 2
    assert await pending(house) == START, "what starts later is still to come"
    await gone_through(queue, house)
    reminded = sorted(each[0] for each in await states(house))
    assert reminded == sorted(appointments), "two dispatchers, each appointment once"

    await changed(queue, house, "lead_time = 'PT1H', pending_after = NULL", made)
    lead_times = [each[3] for each in await states(house)]
    assert lead_times.count(timedelta(hours=1)) == 2, "those that start next come first"
    await gone_through(queue, house)
    assert {each[1:] for each in await states(house)} == {("SCHEDULED", None, timedelta(hours=1))}

    await changed(queue, house, "active = false", made)
    assert [each[1] for each in await states(house)] == ["CANCELLED"] * 2 + ["SCHEDULED"] * 6
    await gone_through(queue, house)
    assert {each[1:3] for each in await states(house)} == {("CANCELLED", "RULE_CHANGED")}


async def test_all_that_start_at_one_time_are_of_one_batch(
    queue: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what comes after a time would leave some of them out."""
    monkeypatch.setattr(ruling, "AT_ONCE", 3)
    await booked(house)
    await changed(queue, house, "active = true", await rule(house))
    assert len(await states(house)) == 4
    assert await pending(house) == START + timedelta(hours=1)
    await house.pool.execute("UPDATE reminder_rules SET pending_after = NULL WHERE tenant_id = $1", house.tenant)
