"""The gate before the lanes: how many reminders may be sent now, and what sending them has told."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from limits import RateLimitItem
from redis.asyncio import Redis

from db.reminders.claiming import Lane
from db.vocabulary import Channel
from delivery.gates.board import Board
from delivery.gates.breakers import OPEN_FOR, TRIAL, Breakers
from delivery.gates.rates import Rates
from delivery.outcomes import Sent


class Admission(NamedTuple):
    """`size` is how many may be sent; if none, `wait` is for how many seconds. A `trial` finds out about an open breaker."""

    size: int
    wait: float = 0.0
    trial: bool = False


class Gate:
    """Shared by the loops of a process, and through Redis by all processes. A look costs no request to anybody."""

    def __init__(
        self,
        redis: Redis | None = None,
        rates: Mapping[Channel, RateLimitItem] | None = None,
        open_for: float = OPEN_FOR,
    ) -> None:
        self._board = Board(redis)
        self._breakers, self._rates = Breakers(self._board, open_for), Rates(redis, rates or {})

    async def run(self) -> None:
        """Learns what other processes have found out, until it is cancelled."""
        await self._board.run()

    async def admit(self, lane: Lane, provider: str, wanted: int) -> Admission:
        now = asyncio.get_running_loop().time()
        left_alone = self._board.until(provider)
        if left_alone is not None and left_alone > now:
            return Admission(0, left_alone - now)
        breaker = _breaker(lane, provider)
        reopens = self._board.until(breaker)
        if reopens is not None:
            if reopens > now:
                return Admission(0, reopens - now)
            if not await self._board.first(breaker, self._breakers.open_for):
                return Admission(0, 1.0)
            wanted = min(wanted, TRIAL)
        size = await self._rates.take(Channel(lane.channel), wanted)
        return Admission(size, 0.0 if size else self._rates.wait(Channel(lane.channel)), reopens is not None)

    async def learn(self, lane: Lane, provider: str, admitted: Admission, sent: Sequence[Sent | None]) -> bool:
        """From what became of those that were admitted. Whether the lane's breaker is open now."""
        used, breaker = len(sent) - sent.count(None), _breaker(lane, provider)
        if admitted.trial and not used:
            await self._board.again(breaker)  # nothing came of it
        self._rates.give_back(Channel(lane.channel), admitted.size - used)
        waits = [each.outcome.leave_alone for each in sent if each and each.outcome.leave_alone]
        if waits:
            await self._board.close(provider, max(waits).total_seconds())
        return await self._breakers.record(breaker, sent)


def _breaker(lane: Lane, provider: str) -> str:
    return f"{lane.tenant_id}/{provider}"
