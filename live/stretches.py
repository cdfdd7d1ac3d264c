"""A part of a tenant's events, for one execution of a subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol
from uuid import UUID

from errors import Unavailable
from live.events import Event
from live.retrying import Patience


class Followed(Protocol):
    """What has a tenant's events in order: `live.feed.Feed`, or a stretch of it."""

    def follow(self, tenant_id: UUID, after: int | None) -> AsyncGenerator[Event, None]:
        """The events after a position; without one, those from now on. Raises EventsExpired."""
        ...


class Stretch:
    """From one position to another.

    `begin` takes the place of the position that is asked for: who shares an execution, or goes on with one, began elsewhere.
    """

    def __init__(self, feed: Followed, *, begin: int | None = None, end: int | None = None) -> None:
        """`end` is the last position of interest, and where it begins if nobody says another. Without, it goes on."""
        self._feed, self._begin, self._end = feed, begin, end
        self.position = begin or 0
        """Whoever follows has dealt with everything up to here."""
        self.began: int | None = None
        """After which position the first who followed began, if one was said."""

    async def follow(self, tenant_id: UUID, after: int | None) -> AsyncGenerator[Event, None]:
        begin = self._begin if self._begin is not None else after if after is not None else self._end
        self.began = begin
        if self._end is not None and begin is not None and begin >= self._end:
            return
        async with aclosing(self._resumed(tenant_id, begin)) as events:
            async for event in events:
                if self._end is not None and event.position > self._end:
                    return
                yield event
                # The next one was asked for, so this one is done with.
                self.position = event.position
                if event.position == self._end:
                    return

    async def _resumed(self, tenant_id: UUID, position: int | None) -> AsyncGenerator[Event, None]:
        """The feed, which can only begin while the database is there."""
        patience = Patience()
        while True:
            try:
                async with aclosing(self._feed.follow(tenant_id, position)) as events:
                    async for event in events:
                        patience = Patience()
                        yield event
                        position = event.position
            except Unavailable as error:
                await patience.spend(error)
            else:
                return
