"""What a follower gets, on real servers: every event once, in order, from any position that is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from config import Settings
from errors import EventsExpired
from live import tail
from live.events import Event
from live.stream import key
from tests.factories import House
from tests.live.following import Stage, got, happen, numbers, positions_given


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    stage = Stage(settings)
    yield stage
    await stage.close()


async def test_what_happens_from_now_on_is_followed_live(stage: Stage, house: House, other_house: House) -> None:
    await happen(house, 5)
    async with stage.relaying() as relay, stage.following() as feed:
        await positions_given(house.pool, house.tenant, 5)
        async with aclosing(feed.follow(house.tenant)) as events:
            first = asyncio.ensure_future(anext(events))
            while not feed.followed(house.tenant):
                await asyncio.sleep(0)
            await happen(other_house, 3)
            await happen(house, 1)
            relay.wake(house.tenant)
            event = await asyncio.wait_for(first, 10)
            assert (event.position, event.kind, event.type) == (6, "CREATED", "Note")
            assert (event.facility_id, event.patient_id) == (house.facilities[0], house.patients[0])


async def test_history_goes_over_into_what_is_live(stage: Stage, house: House) -> None:
    """Writers go on while followers of all positions join: nobody sees where one ends and the other begins."""
    total = 400

    async def write() -> None:
        for _ in range(total // 20):
            await happen(house, 20)

    async with stage.relaying(), stage.following() as feed:
        await happen(house, 1)
        await positions_given(house.pool, house.tenant, 1)
        results, _ = await asyncio.gather(
            asyncio.gather(*(got(feed, house.tenant, total + 1 - after, after) for after in (0, 1) * 5)), write()
        )
    for after, events in zip((0, 1) * 5, results, strict=True):
        assert numbers(events) == list(range(after + 1, total + 2))


async def test_a_slow_follower_keeps_nothing_and_misses_nothing(
    stage: Stage, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "KEPT", 10)
    async with stage.relaying(), stage.following() as feed, aclosing(feed.follow(house.tenant, 0)) as slow:
        await happen(house, 1)
        assert (await anext(slow)).position == 1
        for _ in range(30):
            await happen(house, 10)
        assert numbers(await got(feed, house.tenant, 300, 1)) == list(range(2, 302))
        assert feed.at_hand(house.tenant) <= 30
        assert [(await anext(slow)).position for _ in range(300)] == list(range(2, 302))


async def test_a_stream_that_was_lost_is_read_from_the_outbox_and_filled_again(stage: Stage, house: House) -> None:
    async with stage.relaying(), stage.following() as feed:
        await happen(house, 30)
        assert numbers(await got(feed, house.tenant, 30, 0)) == list(range(1, 31))
        await stage.redis.delete(key(house.tenant))
        assert numbers(await got(feed, house.tenant, 20, 10)) == list(range(11, 31))
        await happen(house, 1)
        assert numbers(await got(feed, house.tenant, 31, 0)) == list(range(1, 32))
        assert numbers(await stage.streams.after(house.tenant, 0, 100)) == list(range(1, 32))


async def test_what_redis_never_got_is_followed_all_the_same(stage: Stage, house: House) -> None:
    """A relay died between giving positions and copying: nothing else happens, and followers get it nevertheless."""
    async with stage.relaying():
        await happen(house, 3)
        await positions_given(house.pool, house.tenant, 3)
    await stage.redis.delete(key(house.tenant))
    async with stage.following() as feed, aclosing(feed.follow(house.tenant, 3)) as events:
        fourth = asyncio.ensure_future(anext(events))
        while not feed.followed(house.tenant):
            await asyncio.sleep(0)
        await happen(house, 1)
        await house.pool.execute(
            """WITH one AS (DELETE FROM outbox WHERE tenant_id = $1 RETURNING *)
               INSERT INTO events (tenant_id, position, at, kind, type, entity_id)
               SELECT tenant_id, 4, at, kind, type, entity_id FROM one""",
            house.tenant,
        )
        await house.pool.execute("UPDATE event_streams SET position = 4 WHERE tenant_id = $1", house.tenant)
        assert (await asyncio.wait_for(fourth, 10)).position == 4


async def test_positions_that_are_not_kept_have_expired(stage: Stage, house: House) -> None:
    await house.pool.execute(
        """INSERT INTO outbox (tenant_id, at, kind, type, entity_id)
           SELECT $1, now() - interval '2 hours', 'CREATED', 'Note', gen_random_uuid() FROM generate_series(1, 5)""",
        house.tenant,
    )
    async with stage.relaying() as relay, stage.following() as feed:
        await positions_given(house.pool, house.tenant, 5)
        await happen(house, 2)
        await positions_given(house.pool, house.tenant, 7)
        await relay.prune()
        assert numbers(await got(feed, house.tenant, 2, 5)) == [6, 7]
        for after in (0, 4, 8):
            with pytest.raises(EventsExpired):
                await got(feed, house.tenant, 1, after)


async def test_a_database_that_was_set_back_begins_a_new_stream(stage: Stage, house: House) -> None:
    """Restored from a backup: Redis has other events at the positions that are given out again."""
    async with stage.relaying():
        await happen(house, 10)
        before = await copied(stage, house, 10)
    await house.pool.execute("DELETE FROM events WHERE tenant_id = $1 AND position > 4", house.tenant)
    await house.pool.execute("UPDATE event_streams SET position = 4 WHERE tenant_id = $1", house.tenant)
    async with stage.relaying(), stage.following() as feed:
        await happen(house, 3)
        assert numbers(await copied(stage, house, 7)) == list(range(1, 8))
        events = await got(feed, house.tenant, 7, 0)
        with pytest.raises(EventsExpired):
            await got(feed, house.tenant, 1, 9)
    assert numbers(events) == list(range(1, 8))
    assert events[:4] == before[:4]
    assert not {event.id for event in events[4:]} & {event.id for event in before}


async def copied(stage: Stage, house: House, position: int) -> list[Event]:
    """What Redis has, once that is the newest there."""
    async with asyncio.timeout(20):
        while not (found := await stage.streams.after(house.tenant, 0, 1000)) or found[-1].position != position:
            await asyncio.sleep(0.01)
    return found
