"""Cancellations that do not get lost.

`asyncio.wait_for` of Python 3.11, and the driver's own, return a result that comes together with a cancellation, and forget the
latter. What then waits for something that may never happen would wait for ever.
"""

import asyncio
from collections.abc import Iterable

AGAIN = 0.2
"""Seconds after which a task that has not ended is cancelled again."""


async def stopped(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancels tasks, and returns when they have ended."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)


def heed_cancellation() -> None:
    """Before a wait without end. Raises CancelledError if the task was cancelled, and has not noticed."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
