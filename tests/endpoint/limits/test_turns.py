"""A tenant's turns: no more at work than it may have, in the order they came, and nothing is kept of those who left."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint.limits.turns import LATELY, Turns

A, B = UUID(int=1), UUID(int=2)


class Line:
    """Operations that stay at work until they are told to end, or until the block ends."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.at_work, self.begun = turns, dict[int, int](), list[int]()
        self.tasks, self._ends = dict[int, asyncio.Task[None]](), dict[int, asyncio.Event]()

    async def __aenter__(self) -> "Line":
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self.tasks.values():
            each.cancel()
        ended = await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        assert [each for each in ended if not isinstance(each, asyncio.CancelledError | None)] == []
        assert (self.turns._at_work, self.turns._waiting) == ({}, {})

    async def come(self, number: int, cost: int, tenant: UUID = A) -> None:
        self._ends[number] = asyncio.Event()
        self.tasks[number] = asyncio.create_task(self._work(number, cost, tenant))
        await settled()

    async def _work(self, number: int, cost: int, tenant: UUID) -> None:
        if not self.turns.begin(tenant, cost):
            await self.turns.wait(tenant, cost)
        self.begun.append(number)
        self.at_work[number] = cost
        try:
            await self._ends[number].wait()
        finally:
            del self.at_work[number]
            self.turns.end(tenant, cost)

    async def end(self, number: int) -> None:
        self.now("end", number)
        await settled()

    async def leave(self, number: int) -> None:
        self.now("leave", number)
        await settled()

    def now(self, what: str, number: int) -> None:
        """It ends or leaves, and nobody has noticed yet."""
        if what == "end":
            self._ends[number].set()
        else:
            self.tasks[number].cancel()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_as_much_as_fits_is_at_work_and_the_rest_comes_in_its_order() -> None:
    async with Line(Turns(10, 10)) as line:
        for number, cost in enumerate([6, 4, 3, 1]):
            await line.come(number, cost)
        # There is room for none, and once the second has ended the third comes, though the fourth would have fitted before.
        assert line.begun == [0, 1]
        await line.end(1)
        assert line.begun == [0, 1, 2, 3]
        for number in (0, 2, 3):
            await line.end(number)


async def test_what_costs_more_runs_alone() -> None:
    async with Line(Turns(10, 10)) as line:
        await line.come(0, 1)
        await line.come(1, 50)
        await line.come(2, 1)
        assert line.begun == [0]
        await line.end(0)
        assert line.begun == [0, 1]
        await line.end(1)
        assert line.begun == [0, 1, 2]


async def test_tenants_do_not_wait_for_each_other() -> None:
    async with Line(Turns(10, 10)) as line:
        await line.come(0, 10, A)
        await line.come(1, 10, A)
        await line.come(2, 10, B)
        assert line.begun == [0, 2]


async def test_who_is_alone_has_more_at_work_until_others_come() -> None:
    now = 100.0
    async with Line(Turns(10, 20, lambda: now)) as line:
        for number in range(3):
            await line.come(number, 10, A)
        assert line.begun == [0, 1]
        await line.come(3, 10, B)
        await line.end(0)
        # One of A's is still at work, and that is what it may have by now.
        assert line.begun == [0, 1, 3]
        await line.end(1)
        assert line.begun == [0, 1, 3, 2]
        now += LATELY / 2
        await line.come(4, 10, A)
        assert line.begun == [0, 1, 3, 2]
        now += LATELY
        await line.come(5, 10, A)
        await line.end(3)
        await line.end(2)
        # B has not been here lately.
        assert line.begun == [0, 1, 3, 2, 4, 5]


async def test_who_leaves_the_line_makes_room() -> None:
    async with Line(Turns(10, 10)) as line:
        await line.come(0, 8)
        await line.come(1, 5)
        await line.come(2, 2)
        await line.leave(1)
        assert line.begun == [0, 2]
        await line.leave(0)
        await line.end(2)


@pytest.mark.parametrize("granted", [False, True], ids=["before it has heard of it", "once it has its turn"])
async def test_who_leaves_just_as_room_is_made(granted: bool) -> None:
    async with Line(Turns(10, 10)) as line:
        for number in range(3):
            await line.come(number, 10)
        line.now("end", 0)
        if granted:
            await asyncio.sleep(0)
        line.now("leave", 1)
        await settled()
        assert line.begun == [0, 2]
        with pytest.raises(asyncio.CancelledError):
            await line.tasks[1]


STEPS = st.lists(
    st.tuples(st.sampled_from(["come", "end", "leave"]), st.integers(1, 14), st.integers(0, 20), st.booleans()),
    max_size=30,
)
"""What happens, the cost of what comes, who ends or leaves, and whether all have noticed that before another ends or leaves."""


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_in_any_order(steps: list[tuple[str, int, int, bool]]) -> None:
    async def run() -> None:
        number = 0
        async with Line(Turns(10, 10)) as line:
            for what, cost, which, noticed in steps:
                if what == "come":
                    await settled()
                    await line.come(number, cost)
                    number += 1
                elif number:
                    line.now(what, which % number)
                if not noticed:
                    continue
                await settled()
                at_work = list(line.at_work.values())
                assert len(at_work) == 1 or sum(at_work) <= 10
                assert line.begun == sorted(line.begun)
                assert at_work or not line.turns._waiting

    asyncio.run(run())
