"""Workers that take messages in turn."""

import asyncio
from collections.abc import Sequence

import pytest

from delivery.channels.channel import Message
from delivery.channels.turns import Unreachable, Worker, in_turns
from delivery.outcomes import IN_A_ROW, Outcome, accepted, failed, unknown
from tests.delivery.channels.batches import a_key
from tests.listening import Listener

BATCH = [Message(a_key(), str(n), "See you tomorrow.") for n in range(6)]


async def outcomes(workers: Sequence[Worker], batch: Sequence[Message] = BATCH) -> list[Outcome | None]:
    return [sent and sent.outcome for sent in await in_turns(batch, asyncio.Event(), workers)]


async def works(message: Message) -> Outcome:
    await asyncio.sleep(0)
    return accepted(message.to)


async def has_no_way(message: Message) -> Outcome:
    raise Unreachable("TIMEOUT")


async def test_each_message_is_taken_once() -> None:
    assert await outcomes([works] * 4) == [accepted(message.to) for message in BATCH]
    assert await outcomes([works] * 4, []) == []


async def test_who_has_no_way_leaves_the_rest_to_the_others() -> None:
    assert await outcomes([has_no_way, works]) == [failed("TIMEOUT"), *(accepted(message.to) for message in BATCH[1:])]


async def test_what_nobody_has_a_way_for_is_not_tried() -> None:
    assert await outcomes([has_no_way] * 2) == [failed("TIMEOUT")] * 2 + [None] * 4


async def test_after_so_many_failures_in_a_row_no_more_are_tried() -> None:
    async def fails(message: Message) -> Outcome:
        return accepted() if message.to == "5" else unknown("TIMEOUT")

    batch = [Message(a_key(), str(n), "See you tomorrow.") for n in range(40)]
    assert await outcomes([fails], batch) == [
        *([unknown("TIMEOUT")] * 5),
        accepted(),
        *([unknown("TIMEOUT")] * IN_A_ROW),
        *([None] * (40 - 6 - IN_A_ROW)),
    ]


async def test_a_bug_costs_one_message_and_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async def stumbles(message: Message) -> Outcome:
        if message.to == "2":
            raise ZeroDivisionError(message.text)
        return accepted(message.to)

    with Listener() as listener:
        found = await outcomes([stumbles] * 2)
    assert found == [unknown("INTERNAL") if n == 2 else accepted(str(n)) for n in range(6)]
    shown = listener.text + capsys.readouterr().out
    assert "See you" not in shown
    assert "ZeroDivisionError" in shown
    assert "test_turns.py" in shown
