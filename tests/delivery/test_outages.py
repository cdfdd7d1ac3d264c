"""A provider that is away, or that takes only so much: reminders wait or go on, and no attempts are used up."""

import asyncio
from datetime import timedelta

from limits import parse
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from config import Settings
from db.redis import connect
from db.reminders.handing_on import hand_on
from db.scope import Database
from db.vocabulary import Channel
from delivery.gates.gate import Gate
from delivery.outcomes import accepted, failed
from tests.delivery.dispatching import QUICK, Provider, attempts, dispatching, queued, states
from tests.factories import House
from tests.reminding import due

AWAY = failed("NOT_CONNECTED")


async def gone(house: House) -> None:
    async with asyncio.timeout(20):
        while await queued(house):
            await asyncio.sleep(0.01)


async def test_what_a_provider_that_is_away_does_not_take_goes_to_the_next_channel(
    queue: Database, house: House
) -> None:
    made = await due(house, 150, channels=["EMAIL", "PUSH"])
    mail, push = Provider(lambda _: AWAY), Provider()
    async with dispatching(queue, {Channel.EMAIL: mail, Channel.PUSH: push}, gate=Gate(open_for=0.05)):
        async with asyncio.timeout(20):
            while len(push.taken) < 60:
                await asyncio.sleep(0.01)
    assert max(mail.taken.values()) == 1
    untried = set(made) - set(mail.taken)
    assert len(untried) >= len(made) - len(mail.taken)
    settled = {each: state for each, state in (await states(house)).items() if state[0] == "SENT"}
    assert {settled[each] for each in untried & set(settled)} == {("SENT", None, "PUSH", 1)}, "that was no attempt"
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)


async def test_what_has_no_other_channel_waits_until_the_provider_is_back(queue: Database, house: House) -> None:
    made, back = await due(house, 150), False
    mail = Provider(lambda _: accepted() if back else AWAY)
    async with dispatching(queue, {Channel.EMAIL: mail}, gate=Gate(open_for=0.05)):
        async with asyncio.timeout(20):
            while sum(mail.taken.values()) < QUICK.batch + 5:
                await asyncio.sleep(0.01)
        back = True
        async with asyncio.timeout(20):
            while len(mail.taken) < len(made):
                await asyncio.sleep(0.01)
    assert max(mail.taken.values()) == 1
    found = [state[0] for state in (await states(house)).values()]
    assert found.count("SENT") > len(made) // 2, "most had not been tried while it was away"
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)


async def test_only_what_has_waited_and_has_another_channel_is_handed_on(queue: Database, house: House) -> None:
    [late] = await due(house, channels=["EMAIL", "PUSH", "CONSOLE"])
    [early] = await due(house, channels=["EMAIL", "PUSH"])
    [last] = await due(house, channels=["PUSH", "EMAIL"])
    await house.pool.execute(
        "UPDATE reminder_queue SET next_attempt_at = now() - interval '59 seconds' WHERE reminder_id = $1", early
    )
    await house.pool.execute("UPDATE reminder_queue SET channel = 'EMAIL' WHERE reminder_id = $1", last)
    async with queue.write(house.tenant) as scope:
        assert await hand_on(scope, "EMAIL") == 1
        assert await hand_on(scope, "EMAIL") == 0
    rows = await house.pool.fetch(
        "SELECT reminder_id, channel, attempt_count FROM reminder_queue WHERE tenant_id = $1", house.tenant
    )
    assert {row["reminder_id"]: tuple(row)[1:] for row in rows} == {
        late: ("PUSH", 0),
        early: ("EMAIL", 0),
        last: ("EMAIL", 0),
    }
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)


async def test_two_dispatchers_keep_to_a_rate_together(queue: Database, house: House, settings: Settings) -> None:
    made, rate, redis = await due(house, 60), parse("40/hour"), connect(settings)
    rate.namespace = str(uuid7())
    one, other = Provider(), Provider()
    gates = [Gate(redis, {Channel.EMAIL: rate}) for _ in range(2)]
    async with (
        dispatching(queue, {Channel.EMAIL: one}, gate=gates[0]),
        dispatching(queue, {Channel.EMAIL: other}, gate=gates[1]),
        asyncio.timeout(20),
    ):
        while len(one.taken) + len(other.taken) < 40:
            await asyncio.sleep(0.01)
    assert sum((one.taken + other.taken).values()) == 40
    assert await queued(house) == len(made) - 40
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)
    await redis.aclose()


async def test_a_provider_that_is_asked_too_much_is_left_alone(queue: Database, house: House) -> None:
    made = await due(house, 50, channels=["PUSH"])
    busy = failed("429", timedelta(minutes=1))._replace(leave_alone=timedelta(minutes=1))
    push = Provider(lambda claimed: busy if push.taken.total() == 5 else accepted())
    async with dispatching(queue, {Channel.PUSH: push}, gate=Gate()) as dispatcher:
        async with asyncio.timeout(20):
            while push.taken.total() < 5:
                await asyncio.sleep(0.01)
        dispatcher.stop()
    assert push.taken.total() <= QUICK.loops * QUICK.batch, "what was on its way"
    refused = [each for each in made if any(row[3] == "FAILED" for row in await attempts(house, each))]
    assert len(refused) == 1
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)


async def test_redis_away_reminders_go_on(queue: Database, house: House) -> None:
    gone_redis = Redis.from_url("redis://127.0.0.1:1/0")
    made, mail = await due(house, 40), Provider()
    async with dispatching(queue, {Channel.EMAIL: mail}, gate=Gate(gone_redis, {Channel.EMAIL: parse("1000/second")})):
        await gone(house)
    assert {state[0] for state in (await states(house)).values()} == {"SENT"}
    assert len(mail.taken) == len(made)
