"""Whatever happens in whatever order: each reminder is in the queue or at an end, once, and what is at an end stays there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from db import reminders
from db.reminders.claiming import Claimed, claim
from db.reminders.settling import Attempt, Finished, Postponed, Settlement, settle
from db.scope import Database
from db.vocabulary import ReminderReason
from tests.factories import House
from tests.reminding import due, rule

START = datetime.now(UTC) + timedelta(days=3)
FATES = ["SENT", "DEAD", "LATER", "OTHER CHANNEL", "GIVEN BACK"]

operations = st.one_of(
    st.tuples(st.just("due"), st.integers(1, 5)),
    st.tuples(st.just("book"), st.integers(0, 2)),
    st.tuples(st.just("claim"), st.integers(1, 6), st.sampled_from([60, -1])),
    st.tuples(st.just("settle"), st.integers(0, 5), st.lists(st.sampled_from(FATES), min_size=1, max_size=4)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("move"), st.integers(0, 5)),
)


class Post:
    """Does the operations. A batch can be settled again, late, and after its lease was taken over."""

    def __init__(self, database: Database, house: House) -> None:
        self.database, self.house = database, house
        self.batches: list[tuple[UUID, Sequence[Claimed]]] = []
        self.held: set[UUID] = set()
        self.ended: dict[UUID, tuple[Any, ...]] = {}

    async def do(self, kind: str, n: int, more: Any = None) -> None:
        house = self.house
        if kind == "due":
            await due(house, n, channels=["EMAIL", "PUSH"])
        elif kind == "book":
            appointment = await house.appointment(starts_at=START + timedelta(hours=len(house.appointments)))
            async with self.database.write(house.tenant) as scope:
                await reminders.book(scope, appointment)
                await reminders.book(scope, appointment)
        elif kind == "claim":
            await self.claim(n, timedelta(seconds=more))
        elif kind == "settle" and self.batches:
            await self.settle(*self.batches[n % len(self.batches)], more)
        elif house.appointments and kind in ("cancel", "move"):
            await self.change(kind, house.appointments[n % len(house.appointments)])
        await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE tenant_id = $1", house.tenant)

    async def claim(self, size: int, lease: timedelta) -> Sequence[Claimed]:
        token = uuid7()
        async with self.database.write(self.house.tenant) as scope:
            batch = await claim(scope, "EMAIL", size, token, lease)
        taken = {claimed[0] for claimed in batch}
        assert not taken & self.held, "nobody takes what somebody holds"
        if lease > timedelta(0):
            self.held |= taken
        if batch:
            self.batches.append((token, batch))
        return batch

    async def settle(self, token: UUID, batch: Sequence[Claimed], fates: Sequence[str]) -> None:
        chosen = [(claimed, fates[n % len(fates)]) for n, claimed in enumerate(batch)]
        now = datetime.now(UTC)
        settlement = Settlement(
            channel="EMAIL",
            provider="test",
            attempts=[
                Attempt(claimed[0], claimed[1], now, now, "ACCEPTED", None, None)
                for claimed, fate in chosen
                if fate != "GIVEN BACK"
            ],
            finished=[
                Finished(claimed[0], True, fate, None if fate == "SENT" else "REJECTED")
                for claimed, fate in chosen
                if fate in ("SENT", "DEAD")
            ],
            postponed=[
                Postponed(claimed[0], True, "EMAIL" if fate == "LATER" else "PUSH", now)
                for claimed, fate in chosen
                if fate in ("LATER", "OTHER CHANNEL")
            ],
            given_back=[claimed[0] for claimed, fate in chosen if fate == "GIVEN BACK"],
        )
        async with self.database.write(self.house.tenant) as scope:
            await settle(scope, token, settlement)
        self.held -= {claimed[0] for claimed in batch}

    async def change(self, kind: str, appointment: UUID) -> None:
        async with self.database.write(self.house.tenant) as scope:
            if kind == "cancel":
                await reminders.cancel(scope, appointment, ReminderReason.APPOINTMENT_CANCELLED)
            else:
                await self.house.pool.execute(
                    "UPDATE appointments SET generation = generation + 1 WHERE id = $1", appointment
                )
                await reminders.reschedule(scope, appointment)
        gone = await self.house.pool.fetch(
            "SELECT id FROM reminders WHERE appointment_id = $1 AND status <> 'SCHEDULED'", appointment
        )
        self.held -= {row["id"] for row in gone}

    async def look(self) -> None:
        rows = await self.house.pool.fetch(
            """SELECT r.id, r.status, r.status_reason, r.settled_at, r.version, r.attempt_count, q.reminder_id AS queued
               FROM reminders r LEFT JOIN reminder_queue q ON q.reminder_id = r.id WHERE r.tenant_id = $1""",
            self.house.tenant,
        )
        for row in rows:
            assert (row["status"] == "SCHEDULED") == (row["queued"] is not None)
            if row["status"] != "SCHEDULED":
                assert self.ended.setdefault(row["id"], tuple(row)[:6]) == tuple(row)[:6], "an end is an end"
        assert self.ended.keys() <= {row["id"] for row in rows}
        generations = await self.house.pool.fetchval(
            """SELECT coalesce(max(count), 0) FROM (
                   SELECT count(*) FROM reminders r JOIN appointments a ON a.id = r.appointment_id
                   WHERE r.tenant_id = $1 AND r.status = 'SCHEDULED' GROUP BY r.appointment_id, r.rule_id
               ) each""",
            self.house.tenant,
        )
        assert generations <= 1, "of one generation"


def proven(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@given(done=st.lists(operations, min_size=4, max_size=14))
@proven(12)
async def test_no_reminder_is_lost_or_settled_twice(
    done: list[tuple[Any, ...]], database: Database, owner: asyncpg.Pool
) -> None:
    await prove(done, database, owner)


@pytest.mark.soak
@given(done=st.lists(operations, min_size=10, max_size=60))
@proven(300)
async def test_no_reminder_is_lost_or_settled_twice_in_long_runs(
    done: list[tuple[Any, ...]], database: Database, owner: asyncpg.Pool
) -> None:
    await prove(done, database, owner)


async def prove(done: list[tuple[Any, ...]], database: Database, owner: asyncpg.Pool) -> None:
    house = await House.build(owner)
    await rule(house)
    await rule(house, "PT2H", ["EMAIL", "PUSH"])
    post = Post(database, house)
    for operation in done:
        await post.do(*operation)
        await post.look()
