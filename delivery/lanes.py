"""Which lanes have something due, and whose turn it is: found without a lock, and given out in turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from random import shuffle

from db.reminders.claiming import Lane, due_lanes
from db.scope import Database
from db.vocabulary import Channel


class Lanes:
    """Shared by the loops of a process. Several may be at one lane: a claim passes over what another holds."""

    def __init__(self, database: Database, channels: Sequence[Channel], poll: float, stopping: asyncio.Event) -> None:
        self._database, self._channels, self._poll, self._stopping = database, channels, poll, stopping
        self._open: OrderedDict[Lane, None] = OrderedDict()
        self._held: dict[Lane, float] = {}
        """Until when, by the running loop's clock. They keep their place among the others."""
        self._looking = asyncio.Lock()

    async def next(self) -> Lane | None:
        """The one whose turn was longest ago. Waits until there is one; None when it is time to stop."""
        async with self._looking:
            while not self._stopping.is_set():
                lane = self._ready()
                if lane is None:
                    # Those that are new come after those that wait.
                    self._open |= dict.fromkeys(each for each in await self._due() if each not in self._open)
                    lane = self._ready()
                if lane is not None:
                    self._open.move_to_end(lane)
                    return lane
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._pause())
        return None

    def hold(self, lane: Lane, seconds: float) -> None:
        """Nothing may be sent there for so long."""
        self._held[lane] = asyncio.get_running_loop().time() + seconds

    def drained(self, lane: Lane) -> None:
        """Nothing is due there that nobody holds, for now."""
        self._open.pop(lane, None)
        self._held.pop(lane, None)

    def forget(self) -> None:
        """Something went wrong: what is due is found anew."""
        self._open.clear()
        self._held.clear()

    def _ready(self) -> Lane | None:
        now = asyncio.get_running_loop().time()
        return next((lane for lane in self._open if self._held.get(lane, now) <= now), None)

    def _pause(self) -> float:
        now = asyncio.get_running_loop().time()
        return min([self._poll, *(max(until - now, 0.0) for until in self._held.values())])

    async def _due(self) -> list[Lane]:
        scope = self._database.across_tenants()
        try:
            lanes = await due_lanes(scope, self._channels)
        finally:
            await scope.close()
        # Each process in an order of its own: they do not all go to the same tenant first.
        shuffle(lanes)
        return lanes
