"""How others end a connection: its credential is no longer good, the server stops, the client is gone."""

import asyncio
from types import TracebackType

from errors import CareError


class GoingAway(Exception):
    """The server stops. The client should connect again: to another, or to this one when it is back."""


class Gone(Exception):
    """The client has left."""


class TooLate(Exception):
    """The client did not do in time what it had to."""


class Ending:
    """A block that others may end; `reason` then says why."""

    __slots__ = ("_timeout", "reason")

    def __init__(self) -> None:
        self.reason: CareError | GoingAway | Gone | TooLate | None = None
        self._timeout = asyncio.timeout(None)

    def end(self, reason: CareError | GoingAway | Gone | TooLate) -> None:
        """The first reason counts. What waits inside the block is cancelled."""
        if self.reason is None:
            self.reason = reason
            if not self._timeout.expired():
                self._timeout.reschedule(asyncio.get_running_loop().time())

    async def __aenter__(self) -> "Ending":
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            return True
        return False
