"""What becomes of reminders that are due: sent, tried again, handed to the next channel, given up; and why."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db import reminders
from db.reminders.claiming import Claimed
from db.scope import Database
from db.vocabulary import Channel, ReminderReason
from delivery.outcomes import accepted, failed, rejected, unknown
from tests.delivery.dispatching import QUICK, Provider, attempts, dispatched, dispatching, nothing_due, queued, states
from tests.factories import House
from tests.reminding import consent, due, rule

START = datetime.now(UTC) + timedelta(days=3)


async def test_what_is_due_is_sent_once(queue: Database, house: House) -> None:
    made, mail = await due(house, 90), Provider(lambda claimed: accepted(f"id-{claimed[0]}"))
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert {reminder: mail.taken[reminder] for reminder in made} == dict.fromkeys(made, 1)
    assert await states(house) == dict.fromkeys(made, ("SENT", None, "EMAIL", 1))
    assert await queued(house) == 0
    record = await house.pool.fetchrow(
        "SELECT *, finished_at - started_at AS took FROM delivery_attempts WHERE reminder_id = $1", made[0]
    )
    assert record is not None
    assert (record["outcome"], record["provider_message_id"]) == ("ACCEPTED", f"id-{made[0]}")
    assert timedelta(0) <= record["took"] < timedelta(seconds=5)


async def test_of_two_dispatchers_one_sends_each(queue: Database, house: House) -> None:
    made, one, other = await due(house, 200), Provider(), Provider()
    async with dispatching(queue, {Channel.EMAIL: one}), dispatching(queue, {Channel.EMAIL: other}):
        await nothing_due(house)
    taken = one.taken + other.taken
    assert {reminder: taken[reminder] for reminder in made} == dict.fromkeys(made, 1)


async def test_what_failed_is_tried_again_later(queue: Database, house: House) -> None:
    [made] = await due(house)
    await dispatched(queue, house, {Channel.EMAIL: Provider(lambda _: failed("BUSY", timedelta(minutes=5)))})
    assert await states(house) == {made: ("SCHEDULED", None, None, 0)}
    row = await house.pool.fetchrow(
        "SELECT next_attempt_at - now() AS wait, attempt_count, lease_token FROM reminder_queue WHERE reminder_id = $1",
        made,
    )
    assert row is not None
    assert row["wait"] > timedelta(minutes=4, seconds=50), "as the provider asked"
    assert (row["attempt_count"], row["lease_token"]) == (1, None)
    await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE reminder_id = $1", made)
    await dispatched(queue, house, {Channel.EMAIL: Provider()})
    assert await states(house) == {made: ("SENT", None, "EMAIL", 2)}
    assert await attempts(house, made) == [
        (1, "EMAIL", "test", "FAILED", "BUSY"),
        (2, "EMAIL", "test", "ACCEPTED", None),
    ]


async def test_a_channel_that_rejects_makes_way_for_the_next(queue: Database, house: House) -> None:
    [made] = await due(house, channels=["EMAIL", "PUSH"])
    mail, push = Provider(lambda _: rejected("NO_SUCH_USER")), Provider()
    await dispatched(queue, house, {Channel.EMAIL: mail, Channel.PUSH: push})
    assert await states(house) == {made: ("SENT", None, "PUSH", 2)}
    assert await attempts(house, made) == [
        (1, "EMAIL", "test", "REJECTED", "NO_SUCH_USER"),
        (2, "PUSH", "test", "ACCEPTED", None),
    ]


async def test_rejected_by_all_it_is_dead(queue: Database, house: House) -> None:
    [made] = await due(house)
    await dispatched(queue, house, {Channel.EMAIL: Provider(lambda _: rejected("NO_SUCH_USER"))})
    assert await states(house) == {made: ("DEAD", "REJECTED", "EMAIL", 1)}
    assert await queued(house) == 0


async def test_without_consent_nothing_is_sent(queue: Database, house: House) -> None:
    [made], mail = await due(house, consented=False), Provider()
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert await states(house) == {made: ("SKIPPED", "NO_CONSENT", "EMAIL", 0)}
    assert (mail.taken[made], await attempts(house, made)) == (0, [])


async def test_a_channel_without_consent_makes_way_for_one_with(queue: Database, house: House) -> None:
    [made] = await due(house, channels=["EMAIL", "PUSH"])
    await house.pool.execute(
        "UPDATE contact_preferences SET opted_out_at = now() WHERE tenant_id = $1 AND channel = 'EMAIL'", house.tenant
    )
    mail = Provider()
    await dispatched(queue, house, {Channel.EMAIL: mail, Channel.PUSH: Provider()})
    assert await states(house) == {made: ("SENT", None, "PUSH", 1)}
    assert mail.taken[made] == 0


async def test_what_comes_too_late_is_not_sent(queue: Database, house: House) -> None:
    [made], mail = await due(house, not_after=timedelta(seconds=-1)), Provider()
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert await states(house) == {made: ("EXPIRED", "TOO_LATE", "EMAIL", 0)}
    assert mail.taken[made] == 0


async def test_quiet_hours_defer_and_drop_nothing(queue: Database, house: House) -> None:
    [made], mail = await due(house), Provider()
    every_hour_but_one = await house.pool.fetchval(
        """SELECT jsonb_agg(jsonb_build_array(day, to_char(now() AT TIME ZONE 'UTC' - interval '1 hour', 'HH24:MI'),
               to_char(now() AT TIME ZONE 'UTC' + interval '2 hours', 'HH24:MI')))::text FROM generate_series(1, 7) AS day"""
    )
    await house.pool.execute(
        "UPDATE contact_preferences SET quiet_hours = $2 WHERE tenant_id = $1", house.tenant, every_hour_but_one
    )
    await dispatched(queue, house, {Channel.EMAIL: mail})
    wait = await house.pool.fetchval("SELECT next_attempt_at - now() FROM reminder_queue WHERE reminder_id = $1", made)
    assert timedelta(hours=1, minutes=58) < wait <= timedelta(hours=2)
    assert (await states(house), mail.taken[made]) == ({made: ("SCHEDULED", None, None, 0)}, 0)


async def test_nothing_is_sent_for_what_was_cancelled_or_moved_before_the_claim(queue: Database, house: House) -> None:
    await rule(house)
    for patient in house.patients[:2]:
        await consent(house, patient)
    cancelled, moved = [
        await house.appointment(patient_id=patient, starts_at=START + timedelta(hours=n))
        for n, patient in enumerate(house.patients[:2])
    ]
    async with queue.write(house.tenant) as scope:
        await reminders.book(scope, cancelled)
        await reminders.book(scope, moved)
    await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE tenant_id = $1", house.tenant)
    await house.pool.execute(
        """UPDATE appointments SET generation = 2, starts_at = starts_at + interval '1 day',
               ends_at = ends_at + interval '1 day' WHERE tenant_id = $1 AND id = $2""",
        *(house.tenant, moved),
    )
    async with queue.write(house.tenant) as scope:
        await reminders.cancel(scope, cancelled, ReminderReason.APPOINTMENT_CANCELLED)
        await reminders.reschedule(scope, moved)
    mail = Provider()
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert not mail.taken
    found = sorted(state[:2] for state in (await states(house)).values())
    assert found == [
        ("CANCELLED", "APPOINTMENT_CANCELLED"),
        ("CANCELLED", "APPOINTMENT_MOVED"),
        ("SCHEDULED", None),
    ]


async def test_cancelled_while_it_is_sent_it_stays_cancelled_and_the_attempt_is_on_record(
    queue: Database, house: House
) -> None:
    await rule(house)
    await consent(house, house.patients[0])
    appointment = await house.appointment(starts_at=START)
    async with queue.write(house.tenant) as scope:
        await reminders.book(scope, appointment)
    await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE tenant_id = $1", house.tenant)

    async def cancel() -> None:
        async with queue.write(house.tenant) as scope:
            await reminders.cancel(scope, appointment, ReminderReason.APPOINTMENT_CANCELLED)

    await dispatched(queue, house, {Channel.EMAIL: Provider(meanwhile=cancel)})
    [(made, state)] = (await states(house)).items()
    assert state == ("CANCELLED", "APPOINTMENT_CANCELLED", None, 1)
    assert await attempts(house, made) == [(1, "EMAIL", "test", "ACCEPTED", None)]


async def test_a_lease_is_kept_for_as_long_as_sending_takes(queue: Database, house: House) -> None:
    [made] = await due(house)
    other = Provider()

    async def three_leases() -> None:
        await asyncio.sleep(0.9)

    slow = Provider(meanwhile=three_leases)
    short = replace(QUICK, lease=timedelta(seconds=0.3))
    async with dispatching(queue, {Channel.EMAIL: slow}, short):
        while not await house.pool.fetchval("SELECT lease_token FROM reminder_queue WHERE reminder_id = $1", made):
            await asyncio.sleep(0.01)
        async with dispatching(queue, {Channel.EMAIL: other}, short):
            await nothing_due(house)
    assert (slow.taken[made], other.taken[made]) == (1, 0)
    assert await states(house) == {made: ("SENT", None, "EMAIL", 1)}


async def test_whoever_lost_the_lease_settles_nothing(queue: Database, house: House) -> None:
    [made] = await due(house)

    async def taken_over() -> None:
        await house.pool.execute(
            "UPDATE reminder_queue SET lease_token = gen_random_uuid(), attempt_count = 2 WHERE reminder_id = $1", made
        )

    async with dispatching(queue, {Channel.EMAIL: (late := Provider(meanwhile=taken_over))}) as dispatcher:
        while not late.taken[made]:
            await asyncio.sleep(0.01)
        dispatcher.stop()
    assert await states(house) == {made: ("SCHEDULED", None, None, 0)}
    assert await queued(house) == 1
    assert await attempts(house, made) == [(1, "EMAIL", "test", "ACCEPTED", None)], "but sent it has"


async def test_stopping_settles_what_is_sent_and_gives_back_the_rest(queue: Database, house: House) -> None:
    made, begun = await due(house, 10), asyncio.Event()
    some = 0

    async def stop_at_the_fourth() -> None:
        nonlocal some
        some += 1
        if some == 4:
            begun.set()
            await asyncio.sleep(0.05)

    mail = Provider(meanwhile=stop_at_the_fourth)
    async with dispatching(queue, {Channel.EMAIL: mail}, replace(QUICK, loops=1)) as dispatcher:
        await begun.wait()
        dispatcher.stop()
    assert sum(mail.taken.values()) == 3
    left = await house.pool.fetch("SELECT * FROM reminder_queue WHERE tenant_id = $1", house.tenant)
    assert {(row["lease_token"], row["leased_until"], row["attempt_count"]) for row in left} == {(None, None, 0)}
    assert len(left) == len(made) - 3


async def test_a_sender_with_a_bug_does_not_stop_the_others(queue: Database, house: House) -> None:
    [mail], [push] = await due(house), await due(house, channels=["PUSH"])

    def broken(_: Claimed) -> None:
        raise ZeroDivisionError

    async with dispatching(queue, {Channel.EMAIL: Provider(broken), Channel.PUSH: Provider()}):  # type: ignore[arg-type]
        while (await states(house))[push][0] != "SENT":
            await asyncio.sleep(0.01)
    assert (await states(house))[mail][0] == "SCHEDULED"
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)


@pytest.mark.parametrize("silent", [unknown("TIMEOUT"), failed("NOT_CONNECTED")])
async def test_five_failures_on_the_last_channel_are_the_end(queue: Database, house: House, silent: object) -> None:
    [made] = await due(house)
    mail = Provider(lambda _: silent)  # type: ignore[arg-type, return-value]
    for _ in range(5):
        await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE reminder_id = $1", made)
        await dispatched(queue, house, {Channel.EMAIL: mail})
    assert await states(house) == {made: ("DEAD", "ATTEMPTS_EXHAUSTED", "EMAIL", 5)}
    assert mail.taken[made] == 5
