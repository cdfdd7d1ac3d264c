"""The relay: its hints, its turns among tenants, and what is measured of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from config import Settings
from db import outbox, streams
from db.event_kinds import FacilityEventKind
from db.scope import Database
from db.tables import Facility
from live.hints import Telling, listen
from live.relay import Pace
from tests.factories import House
from tests.live.following import Stage, happen, numbers, positions_given

NEVER = Pace(poll=3600)
"""Looks once, at its start."""


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    stage = Stage(settings)
    yield stage
    await stage.close()


async def found(database: Database, house: House) -> None:
    """A facility, as a mutation does it."""
    facility_id = uuid7()
    async with database.write(house.tenant) as scope:
        await scope.run(
            insert(Facility).values(
                tenant_id=house.tenant, id=facility_id, name="Cedar", time_zone="UTC", status="ACTIVE"
            )
        )
        await outbox.append(scope, FacilityEventKind.CREATED, facility_id)


async def test_a_commit_wakes_the_relay_of_its_process(stage: Stage, house: House) -> None:
    async with stage.relaying(NEVER):
        await looked(stage, house)
        for position in (2, 3):
            await found(stage.database, house)
            await positions_given(house.pool, house.tenant, position)


async def test_a_commit_wakes_the_relays_of_other_processes(stage: Stage, house: House) -> None:
    async with stage.relaying(NEVER) as relay:
        await looked(stage, house)
        outbox.commit_watchers.remove(relay.wake)  # as if it were elsewhere
        telling = asyncio.create_task(Telling(stage.redis).run())
        listening = asyncio.create_task(listen(stage.redis, relay))
        try:
            while not (await stage.redis.pubsub_numsub("outbox"))[0][1]:
                await asyncio.sleep(0)
            for position in (2, 3):
                await found(stage.database, house)
                await positions_given(house.pool, house.tenant, position)
        finally:
            outbox.commit_watchers.append(relay.wake)
            telling.cancel()
            listening.cancel()
            await asyncio.wait([telling, listening])


async def looked(stage: Stage, house: House) -> None:
    """Returns when the relay's first look is over: from then on, hints alone wake it."""
    await found(stage.database, house)
    await positions_given(house.pool, house.tenant, 1)


async def test_what_is_rolled_back_wakes_nobody(stage: Stage, house: House) -> None:
    told: list[object] = []
    outbox.commit_watchers.append(told.append)
    try:
        with suppress(ZeroDivisionError):
            async with stage.database.write(house.tenant) as scope:
                outbox.announce(scope)
                raise ZeroDivisionError
        assert told == []
    finally:
        outbox.commit_watchers.remove(told.append)


async def test_two_relays_at_once_give_each_position_once(stage: Stage, settings: Settings, house: House) -> None:
    other = Stage(settings)
    small = Pace(batch=7, poll=0.01)
    async with stage.relaying(small), other.relaying(small):
        for _ in range(20):
            await happen(house, 10)
        await positions_given(house.pool, house.tenant, 200)
    await other.close()
    rows = await house.pool.fetch("SELECT position FROM events WHERE tenant_id = $1 ORDER BY 1", house.tenant)
    assert [row["position"] for row in rows] == list(range(1, 201))
    copied = numbers(await stage.streams.after(house.tenant, 0, 1000))
    assert copied == list(range(1, len(copied) + 1)), "without a gap"


async def test_an_uncommitted_event_waits_and_those_behind_it_do_not(stage: Stage, house: House) -> None:
    """The first to be written is the last to be committed: it gets the last position, and nobody waits for it."""
    async with stage.relaying(), house.pool.acquire() as slow:
        async with slow.transaction():
            await slow.execute(
                "INSERT INTO outbox (tenant_id, kind, type, entity_id) VALUES ($1, 'CREATED', 'Note', $2)",
                *(house.tenant, house.patients[0]),
            )
            await happen(house, 5)
            await positions_given(house.pool, house.tenant, 5)
        await positions_given(house.pool, house.tenant, 6)
    last = await house.pool.fetchval("SELECT entity_id FROM events WHERE tenant_id = $1 AND position = 6", house.tenant)
    assert last == house.patients[0]


async def test_what_is_relayed_is_measured(stage: Stage, house: House) -> None:
    def relayed() -> float:
        return REGISTRY.get_sample_value("carenotes_events_relayed_total", {"type": "Note"}) or 0

    before = relayed()
    async with stage.relaying():
        await happen(house, 25)
        await positions_given(house.pool, house.tenant, 25)
        while relayed() < before + 25:
            await asyncio.sleep(0.01)
    scope = stage.database.across_tenants()
    waiting = [each for each in await streams.waiting(scope) if each.tenant_id == house.tenant]
    await scope.close()
    assert waiting == []
