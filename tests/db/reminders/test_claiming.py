"""What a claim takes and what it passes over; whose turn it is."""

from datetime import timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from db.reminders.claiming import Claimed, claim, due_lanes, extend, is_full
from db.scope import Database
from db.vocabulary import Channel
from tests.factories import House
from tests.reminding import due

LEASE = timedelta(seconds=10)


async def claimed(
    database: Database,
    house: House,
    size: int = 100,
    channel: str = "EMAIL",
    lease: timedelta = LEASE,
    token: UUID | None = None,
) -> list[Claimed]:
    async with database.write(house.tenant) as scope:
        rows = await claim(scope, channel, size, token or uuid7(), lease)
    return [Claimed(*row) for row in rows]


async def lanes(database: Database, house: House, *channels: Channel) -> set[str]:
    scope = database.across_tenants()
    try:
        found = await due_lanes(scope, channels or list(Channel))
    finally:
        await scope.close()
    return {lane.channel for lane in found if lane.tenant_id == house.tenant}


async def test_nobody_claims_what_is_claimed(database: Database, house: House) -> None:
    made = await due(house, 10)
    first, second = await claimed(database, house, 5), await claimed(database, house, 100)
    assert len(first) == 5
    assert sorted(each.reminder_id for each in [*first, *second]) == sorted(made)
    assert await claimed(database, house) == []
    assert {each.attempt for each in first} == {1}


async def test_a_lease_that_ran_out_is_taken_over_and_its_attempt_is_on_record(
    database: Database, house: House
) -> None:
    [reminder] = await due(house)
    assert await claimed(database, house, lease=timedelta(seconds=-1))
    [again] = await claimed(database, house)
    assert (again.reminder_id, again.attempt) == (reminder, 2)
    attempts = await house.pool.fetch(
        "SELECT number, outcome, error_code FROM delivery_attempts WHERE tenant_id = $1", house.tenant
    )
    assert [tuple(row) for row in attempts] == [(1, "UNKNOWN", "LEASE_EXPIRED")]


async def test_a_lease_is_extended_by_its_holder_alone(database: Database, house: House) -> None:
    [reminder] = await due(house)
    ours = uuid7()
    await claimed(database, house, lease=timedelta(seconds=-1), token=ours)
    async with database.write(house.tenant) as scope:
        assert await extend(scope, uuid7(), [reminder], LEASE) == 0
        assert await extend(scope, ours, [reminder], LEASE) == 1
    assert await claimed(database, house) == []


async def test_high_priorities_come_first_and_the_lowest_keeps_its_share(database: Database, house: House) -> None:
    low, normal, high = [set(await due(house, 30, priority=each)) for each in ("LOW", "NORMAL", "HIGH")]
    batch = {each.reminder_id for each in await claimed(database, house, 40)}
    assert [len(batch & each) for each in (high, normal, low)] == [30, 6, 4], "one in ten is kept for LOW"
    rest = {each.reminder_id for each in await claimed(database, house, 40)}
    assert [len(rest & each) for each in (high, normal, low)] == [0, 24, 16]


async def test_a_batch_without_low_priorities_is_full_without_them(database: Database, house: House) -> None:
    await due(house, 40)
    assert is_full(await claimed(database, house, 40), 40)
    assert not is_full(await claimed(database, house, 40), 40)


async def test_what_is_not_due_is_not_claimed(database: Database, house: House) -> None:
    await due(house, 3)
    await house.pool.execute(
        "UPDATE reminder_queue SET next_attempt_at = now() + interval '1 minute' WHERE tenant_id = $1", house.tenant
    )
    assert await claimed(database, house) == []
    assert await lanes(database, house) == set()


@pytest.mark.parametrize(
    ("preference", "consented"),
    [
        ("consented_at = now()", True),
        ("consented_at = NULL", False),
        ("opted_out_at = now()", False),
    ],
)
async def test_consent_is_as_of_the_claim(database: Database, house: House, preference: str, consented: bool) -> None:
    await due(house)
    await house.pool.execute(f"UPDATE contact_preferences SET {preference} WHERE tenant_id = $1", house.tenant)
    [it] = await claimed(database, house)
    assert it.consented is consented


async def test_no_preference_is_no_consent_and_who_is_discharged_is_not_written_to(
    database: Database, house: House
) -> None:
    await due(house, consented=False)
    [unasked] = await claimed(database, house)
    assert not unasked.consented
    await due(house)
    await house.pool.execute(
        "UPDATE patients SET status = 'DISCHARGED', discharged_at = now() WHERE tenant_id = $1", house.tenant
    )
    [discharged] = await claimed(database, house)
    assert not discharged.consented


async def test_only_email_falls_back_to_the_patients_address(database: Database, house: House) -> None:
    for channel in ("EMAIL", "PUSH"):
        await due(house, channels=[channel])
    await house.pool.execute("UPDATE patients SET email = 'p@house.example' WHERE tenant_id = $1", house.tenant)
    await house.pool.execute("UPDATE contact_preferences SET address = NULL WHERE tenant_id = $1", house.tenant)
    [mail], [push] = await claimed(database, house), await claimed(database, house, channel="PUSH")
    assert (mail.address, push.address) == ("p@house.example", None)


async def test_lanes_are_those_with_something_to_do(database: Database, house: House) -> None:
    assert await lanes(database, house) == set()
    await due(house, channels=["EMAIL", "PUSH"])
    await due(house, channels=["CONSOLE"])
    assert await lanes(database, house) == {"EMAIL", "CONSOLE"}, "PUSH is not their turn yet"
    assert await lanes(database, house, Channel.PUSH, Channel.CONSOLE) == {"CONSOLE"}
    await claimed(database, house)
    assert await lanes(database, house) == {"CONSOLE"}
    await house.pool.execute("INSERT INTO delivery_pauses VALUES ($1, 'CONSOLE', now(), 'me')", house.tenant)
    assert await lanes(database, house) == set()
    await house.pool.execute("DELETE FROM delivery_pauses WHERE tenant_id = $1", house.tenant)
    await house.pool.execute("UPDATE tenants SET status = 'SUSPENDED' WHERE id = $1", house.tenant)
    assert await lanes(database, house) == set()


async def test_a_tenant_is_told_of_no_lane(database: Database, house: House, other_house: House) -> None:
    """`due_lanes` passes the policies: it answers the platform alone."""
    await due(house)
    await due(other_house)
    scope = database.read(house.tenant)
    assert await due_lanes(scope, list(Channel)) == []
    await scope.close()
    assert await lanes(database, other_house) == {"EMAIL"}
