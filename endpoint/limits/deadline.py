"""How long an operation may take, and for whom: when its time is up, or its client is gone, it is cancelled, and its SQL."""

import asyncio
from types import TracebackType

from starlette.types import Receive

from errors import CareError, Timeout

GRACE = 0.02
"""Seconds before anybody looks whether the client is still there: most operations are answered by then, and pay for one
timer."""


class Gone(CareError):
    """Nobody is there to be told; the status is for the log (nginx's 499)."""

    code = "CLIENT_CLOSED_REQUEST"
    status = 499


class Deadline:
    """`with Deadline(...):` raises Timeout or Gone out of what it cancels."""

    __slots__ = ("_changes", "_loop", "_receive", "_seconds", "_task", "_timer", "_watching", "_why")

    def __init__(self, seconds: float, changes: bool, receive: Receive | None) -> None:
        """`changes`: what writes is finished for a client that is gone, and its timeout says that the outcome is not known."""
        self._seconds, self._changes = seconds, changes
        self._receive = None if changes else receive
        self._why: CareError | None = None
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._loop = task, asyncio.get_running_loop()
        self._timer = self._loop.call_later(min(GRACE, self._seconds), self._look)

    def _look(self) -> None:
        self._timer = self._loop.call_later(max(0.0, self._seconds - GRACE), self._late)
        if self._receive is not None:
            self._watching = self._loop.create_task(self._watch(self._receive))

    def _late(self) -> None:
        message = f"This took longer than {self._seconds:g} seconds, and was given up."
        if self._changes:
            message += " What it was about to write may be written: try again with the same `idempotencyKey`."
        else:
            message += " Ask for less."
        self._cancel(Timeout(message))

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._cancel(Gone("The client is gone."))

    def _cancel(self, why: CareError) -> None:
        if self._why is None:
            self._why = why
            self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()
        if self._why is not None:
            self._task.uncancel()
            if kind is asyncio.CancelledError:
                raise self._why from None
