"""Which lanes have something due, and whose turn it is: found without a lock, and given out in turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

from db.reminders.claiming import Lane, due_lanes
from db.scope import Database
from db.vocabulary import Channel


class Lanes:
    """Shared by the loops of a process. Several may be at one lane: a claim passes over what another holds."""

    def __init__(self, database: Database, channels: Sequence[Channel], poll: float, stopping: asyncio.Event) -> None:
        self._database, self._channels, self._poll, self._stopping = database, channels, poll, stopping
        self._open: OrderedDict[Lane, None] = OrderedDict()
        self._looking = asyncio.Lock()

    async def next(self) -> Lane | None:
        """The one whose turn was longest ago. Waits until there is one; None when it is time to stop."""
        async with self._looking:
            while not self._open and not self._stopping.is_set():
                self._open.update(dict.fromkeys(await self._due()))
                if not self._open:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), self._poll)
        if self._stopping.is_set():
            return None
        lane = next(iter(self._open))
        self._open.move_to_end(lane)
        return lane

    def drained(self, lane: Lane) -> None:
        """Nothing is due there that nobody holds, for now."""
        self._open.pop(lane, None)

    def forget(self) -> None:
        """Something went wrong: what is due is found anew."""
        self._open.clear()

    async def _due(self) -> list[Lane]:
        scope = self._database.across_tenants()
        try:
            return await due_lanes(scope, self._channels)
        finally:
            await scope.close()
