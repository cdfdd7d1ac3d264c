"""A few workers that take the messages of a batch in turn."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from delivery.bugs import log_bug
from delivery.channels.channel import Message
from delivery.outcomes import IN_A_ROW, Outcome, Sent, failed, unknown

Worker: TypeAlias = Callable[[Message], Awaitable[Outcome]]


class Unreachable(Exception):
    """This worker has no way to the provider. It takes no more messages; the others may have one."""

    def __init__(self, error_code: str) -> None:
        super().__init__(error_code)
        self.error_code = error_code


async def in_turns(
    messages: Sequence[Message], stopping: asyncio.Event, workers: Sequence[Worker]
) -> Sequence[Sent | None]:
    """What became of each message, in their order.

    None for those that were not tried: because it is `stopping`, because no worker has a way, or because so many before failed
    in a row that the provider seems to be away.
    """
    now, in_a_row = asyncio.get_running_loop().time, 0
    sent: list[Sent | None] = [None] * len(messages)
    todo = iter(enumerate(messages))

    async def work(worker: Worker) -> None:
        nonlocal in_a_row
        while not stopping.is_set() and in_a_row < IN_A_ROW and (taken := next(todo, None)):
            place, message = taken
            started = now()
            try:
                outcome = await worker(message)
                sent[place] = Sent(outcome, started, now())
                in_a_row = 0 if outcome.answered else in_a_row + 1
            except Unreachable as error:
                sent[place] = Sent(failed(error.error_code), started, now())
                return
            except Exception as bug:  # noqa: BLE001
                # One message that cannot be sent must not take the others with it, which may be out already.
                log_bug(bug)
                sent[place] = Sent(unknown("INTERNAL"), started, now())
                in_a_row += 1

    async with asyncio.TaskGroup() as group:
        for worker in workers[: len(messages)]:
            group.create_task(work(worker))
    return sent
