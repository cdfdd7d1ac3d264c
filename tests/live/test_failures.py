"""Loops that go on whatever happens end all the same when they are cancelled."""

import asyncio
from contextlib import suppress

import pytest

from errors import Unavailable
from live.failures import reported


async def test_a_failure_is_no_end() -> None:
    rounds = 0
    for error in (Unavailable("away"), OSError(), ZeroDivisionError()):
        with reported("a round failed"):
            rounds += 1
            raise error
    assert rounds == 3


async def test_a_cancellation_that_was_swallowed_ends_the_loop() -> None:
    """As `asyncio.wait_for` does before Python 3.12, where it ends in the same moment."""
    begun = asyncio.Event()

    async def loop() -> None:
        while True:
            with reported("a round failed"), suppress(asyncio.CancelledError):
                begun.set()
                await asyncio.sleep(3600)

    task = asyncio.create_task(loop())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
