"""Turns: a tenant has only so much at work in a process at once, and what is beyond that waits.

Or a hundred costly operations of one tenant would stand in line for the connections and the processor before everybody
else's. What waits is answered in the order in which it came.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeAlias
from uuid import UUID

Waiting: TypeAlias = deque[tuple[int, asyncio.Future[None]]]
LATELY = 1.0
"""Seconds for which a tenant that asked something counts as being here."""


class _Came(NamedTuple):
    tenant: UUID | None
    at: float


class Turns:
    def __init__(self, most: int, alone: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`most` is the cost that a tenant may have at work while others are here, `alone` while nobody else is.

        Something that costs more runs by itself.
        """
        self._most, self._alone, self._clock = most, alone, clock
        self._at_work: dict[UUID | None, int] = {}
        self._waiting: dict[UUID | None, Waiting] = {}
        self._latest = self._other = _Came(None, float("-inf"))
        """Who asked last, and who did last of those that are not the same."""

    def begin(self, tenant: UUID | None, cost: int) -> bool:
        """Whether it may begin at once. If not, it has to `wait`; and in the end, to `end`."""
        if tenant != self._latest.tenant:
            self._other = self._latest
        self._latest = _Came(tenant, self._clock())
        if tenant in self._waiting or not self._fits(tenant, cost):
            return False
        self._at_work[tenant] = self._at_work.get(tenant, 0) + cost
        return True

    async def wait(self, tenant: UUID | None, cost: int) -> None:
        """Until it has begun. Who is cancelled meanwhile has not."""
        turn = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(tenant, deque())
        waiting.append((cost, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._next(tenant)
            else:
                self.end(tenant, cost)
            raise

    def end(self, tenant: UUID | None, cost: int) -> None:
        left = self._at_work[tenant] - cost
        if left:
            self._at_work[tenant] = left
        else:
            del self._at_work[tenant]
        if tenant in self._waiting:
            self._next(tenant)

    def _next(self, tenant: UUID | None) -> None:
        waiting = self._waiting.get(tenant, deque())
        # Who has left stays in the line until it would be next: others may have passed it before it learns that it has.
        while waiting and (waiting[0][1].cancelled() or self._fits(tenant, waiting[0][0])):
            cost, turn = waiting.popleft()
            if not turn.cancelled():
                self._at_work[tenant] = self._at_work.get(tenant, 0) + cost
                turn.set_result(None)
        if not waiting:
            self._waiting.pop(tenant, None)

    def _fits(self, tenant: UUID | None, cost: int) -> bool:
        at_work = self._at_work.get(tenant, 0)
        return not at_work or at_work + cost <= (self._most if self._has_company(tenant) else self._alone)

    def _has_company(self, tenant: UUID | None) -> bool:
        other = self._other if self._latest.tenant == tenant else self._latest
        return self._clock() - other.at < LATELY
