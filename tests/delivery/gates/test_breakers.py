"""A breaker opens after failures in a row, for all processes; one of them tries again; an answer closes it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from db.reminders.claiming import Lane
from delivery.gates.board import Board
from delivery.gates.breakers import OPEN_FOR, TRIAL
from delivery.gates.gate import Admission, Gate
from delivery.outcomes import IN_A_ROW, Outcome, Sent, accepted, failed, rejected, unknown

BATCH = 500
ADMITTED = Admission(BATCH)
DOWN = failed("NOT_CONNECTED")


def sent(*outcomes: Outcome | None) -> list[Sent | None]:
    return [outcome and Sent(outcome, 0, 0) for outcome in outcomes]


async def due(board: Board, name: str) -> None:
    """As if its time had passed."""
    await board.close(name, -0.001)


async def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not(lane: Lane, provider: str) -> None:
    gate = Gate()
    for _ in range(3):
        assert not await gate.learn(lane, provider, ADMITTED, sent(*[DOWN] * (IN_A_ROW - 1)))
        assert not await gate.learn(lane, provider, ADMITTED, sent(unknown("TIMEOUT"), rejected("550"), None))
    assert not await gate.learn(lane, provider, ADMITTED, sent(*[unknown("TIMEOUT")] * (IN_A_ROW - 1)))
    assert (await gate.admit(lane, provider, BATCH)).size == BATCH
    assert await gate.learn(lane, provider, ADMITTED, sent(DOWN, None))
    admitted = await gate.admit(lane, provider, BATCH)
    assert admitted.size == 0
    assert OPEN_FOR - 1 < admitted.wait <= OPEN_FOR


async def test_it_is_of_one_tenant_and_one_provider(lane: Lane, provider: str) -> None:
    gate, other_tenant = Gate(), lane._replace(tenant_id=type(lane.tenant_id)(int=1))
    assert await gate.learn(lane, provider, ADMITTED, sent(*[DOWN] * IN_A_ROW))
    assert (await gate.admit(other_tenant, provider, BATCH)).size == BATCH
    assert (await gate.admit(lane, f"other-{provider}", BATCH)).size == BATCH


async def test_what_one_process_finds_out_all_know(redis: Redis, lane: Lane, provider: str) -> None:
    one, other = Gate(redis), Gate(redis)
    await one._board.look()
    assert await one.learn(lane, provider, ADMITTED, sent(*[DOWN] * IN_A_ROW))
    assert (await other.admit(lane, provider, BATCH)).size == BATCH, "until it looks"
    await other._board.look()
    admitted = await other.admit(lane, provider, BATCH)
    assert admitted.size == 0
    assert OPEN_FOR - 1 < admitted.wait <= OPEN_FOR + 0.1, "by Redis's clock"


async def test_one_process_tries_with_a_few_and_an_answer_closes_it_for_all(
    redis: Redis, lane: Lane, provider: str
) -> None:
    one, other = Gate(redis), Gate(redis)
    name = f"{lane.tenant_id}/{provider}"
    await one._board.look()
    await due(one._board, name)
    await other._board.look()
    trial = await one.admit(lane, provider, BATCH)
    assert trial == Admission(TRIAL, 0, trial=True)
    assert (await other.admit(lane, provider, BATCH)).size == 0, "one is enough"
    assert await one.learn(lane, provider, trial, sent(DOWN)), "it stays open"
    assert (await one.admit(lane, provider, BATCH)).wait > OPEN_FOR - 1
    assert not await one.learn(lane, provider, trial, sent(accepted()))
    await other._board.look()
    for gate in (one, other):
        assert (await gate.admit(lane, provider, BATCH)).size == BATCH


async def test_who_wants_to_be_left_alone_is_by_all_tenants(redis: Redis, lane: Lane, provider: str) -> None:
    one, other = Gate(redis), Gate(redis)
    await one._board.look()
    busy = failed("429")._replace(leave_alone=timedelta(seconds=90))
    assert not await one.learn(lane, provider, ADMITTED, sent(accepted(), busy, accepted()))
    await other._board.look()
    other_tenant = lane._replace(tenant_id=type(lane.tenant_id)(int=1))
    for gate, each in ((one, lane), (other, other_tenant)):
        admitted = await gate.admit(each, provider, BATCH)
        assert admitted.size == 0
        assert 89 < admitted.wait < 90.1


@pytest.mark.parametrize("gone", [None, Redis.from_url("redis://127.0.0.1:1/0")])
async def test_without_redis_it_works_in_each_process(gone: Redis | None, lane: Lane, provider: str) -> None:
    gate = Gate(gone)
    await gate._board.look()
    assert await gate.learn(lane, provider, ADMITTED, sent(*[DOWN] * IN_A_ROW))
    await gate._board.look()
    assert (await gate.admit(lane, provider, BATCH)).size == 0
    await due(gate._board, f"{lane.tenant_id}/{provider}")
    trial = await gate.admit(lane, provider, BATCH)
    assert trial == Admission(TRIAL, 0, trial=True)
    assert not await gate.learn(lane, provider, trial, sent(accepted()))
    assert (await gate.admit(lane, provider, BATCH)).size == BATCH


async def test_what_nobody_opens_is_forgotten(redis: Redis, provider: str) -> None:
    board = Board(redis)
    await board.look()
    await board.close(provider, -3_700)
    await board.look()
    assert board.until(provider) is None
    assert await redis.zscore("carenotes:closed", provider) is None
