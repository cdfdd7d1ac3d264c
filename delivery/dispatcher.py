"""Sends what is due: a few loops, each of which claims a batch, sends it, and settles it, again and again.

Nothing is held while sending but the lease, so a dispatcher may die at any instant: what it had claimed is claimed anew when
the lease has run out, and sent again with the same key. Any number of processes may dispatch from one database.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from db.reminders import claiming, handing_on
from db.reminders.claiming import Claimed, Lane
from db.reminders.settling import Settlement, settle
from db.scope import Database
from db.vocabulary import Channel
from delivery import metrics
from delivery.gates.gate import Gate
from delivery.judging import after_sending, before_sending
from delivery.lanes import Lanes
from delivery.outcomes import Sent
from delivery.rules import apply_rules
from delivery.sender import Sender
from errors import CareError, Conflict, Unavailable

log = structlog.get_logger()

_SETTLED_WITHIN = (0.1, 0.3, 1.0, 2.0, 4.0)
"""Seconds between tries to settle what was sent, where the database is away. Given up, it is sent again."""


@dataclass(frozen=True)
class Pace:
    loops: int = 4
    batch: int = 500
    lease: timedelta = timedelta(seconds=10)
    poll: float = 1.0
    """Seconds between two looks for what is due, where nothing was."""


class Dispatcher:
    def __init__(
        self,
        database: Database,
        senders: Mapping[Channel, Sender],
        pace: Pace | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._database, self._senders, self._pace, self._gate = database, senders, pace or Pace(), gate or Gate()
        self._stopping = asyncio.Event()
        self._lanes = Lanes(database, list(senders), self._pace.poll, self._stopping)

    def stop(self) -> None:
        """What is being sent is finished and settled, what was claimed besides is given back; then `run` returns."""
        self._stopping.set()

    async def run(self) -> None:
        learning = asyncio.create_task(self._gate.run())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(apply_rules(self._database, self._stopping))
                for _ in range(self._pace.loops):
                    group.create_task(self._loop())
        finally:
            learning.cancel()

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                lane = await self._lanes.next()
                if lane is not None:
                    await self._turn(lane)
            except CareError as error:
                # The database is away, or a tenant was suspended meanwhile.
                await self._recover(log.warning, error)
            except Exception as bug:  # noqa: BLE001
                # One batch that nobody can send must not stand in the way of all others. Its lease runs out by itself.
                await self._recover(log.error, bug)

    async def _recover(self, report: Callable[..., object], error: Exception) -> None:
        # No message: it could quote a patient's data.
        report("dispatching failed", error=type(error).__name__)
        self._lanes.forget()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), self._pace.poll)

    async def _turn(self, lane: Lane) -> None:
        channel, token = Channel(lane.channel), uuid7()
        sender = self._senders[channel]
        admitted = await self._gate.admit(lane, sender.provider, self._pace.batch)
        if not admitted.size:
            self._lanes.hold(lane, admitted.wait)
            return
        claimed_at = asyncio.get_running_loop().time()
        batch = await self._claim(lane, admitted.size, token)
        judged = before_sending(batch, channel)
        sent: Sequence[Sent | None] = []
        if judged.to_send:
            async with self._kept(lane.tenant_id, token, judged.to_send):
                sent = await sender.send(lane.tenant_id, judged.to_send, self._stopping)
        # Before what was not tried is given back, or it would be claimed again for a provider that is away.
        away = await self._gate.learn(lane, sender.provider, admitted, sent)
        if batch:
            tried = after_sending(judged.to_send, sent, channel, claimed_at)
            settlement = Settlement(
                channel=channel,
                provider=sender.provider,
                attempts=tried.attempts,
                finished=judged.finished + tried.finished,
                postponed=judged.postponed + tried.postponed,
                given_back=tried.given_back,
            )
            await self._settle(lane.tenant_id, token, settlement)
            metrics.batch(channel, sender.provider, len(batch), sent, settlement.finished)
        if away and admitted.trial:
            await self._hand_on(lane)

    async def _claim(self, lane: Lane, size: int, token: UUID) -> Sequence[Claimed]:
        async with self._database.write(lane.tenant_id) as scope:
            batch = await claiming.claim(scope, lane.channel, size, token, self._pace.lease)
        if not claiming.is_full(batch, size):
            self._lanes.drained(lane)
        return batch

    async def _hand_on(self, lane: Lane) -> None:
        """What has waited for long enough for a provider that is away goes to its next channel."""
        handed_on = handing_on.MOST
        while handed_on == handing_on.MOST and not self._stopping.is_set():
            async with self._database.write(lane.tenant_id) as scope:
                handed_on = await handing_on.hand_on(scope, lane.channel)

    async def _settle(self, tenant_id: UUID, token: UUID, settlement: Settlement) -> None:
        """Safe to repeat: what is settled is no longer held under the token, and an attempt is recorded once."""
        for seconds in _SETTLED_WITHIN:
            try:
                async with self._database.write(tenant_id) as scope:
                    await settle(scope, token, settlement)
            except (Unavailable, Conflict):
                await asyncio.sleep(seconds)
            else:
                return
        log.error("could not settle what was sent", reminders=len(settlement.attempts))

    @asynccontextmanager
    async def _kept(self, tenant_id: UUID, token: UUID, batch: Sequence[Claimed]) -> AsyncIterator[None]:
        """Extends the lease for as long as the block takes."""
        keeping = asyncio.create_task(self._keep(tenant_id, token, [claimed[0] for claimed in batch]))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _keep(self, tenant_id: UUID, token: UUID, reminders: Sequence[UUID]) -> None:
        while True:
            await asyncio.sleep(self._pace.lease.total_seconds() / 3)
            with suppress(CareError):
                async with self._database.write(tenant_id) as scope:
                    await claiming.extend(scope, token, reminders, self._pace.lease)
