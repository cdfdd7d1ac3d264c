"""Hints from processes that write events to those that relay them: by Redis, and no harm where one is lost."""

import asyncio
from uuid import UUID

from redis.asyncio import Redis

from db import outbox
from live.failures import reported
from live.relay import Relay

CHANNEL = "outbox"
LISTEN = 1.0
"""Seconds after which a listener that heard nothing makes sure of its connection."""
RETRY = 1.0


class Telling:
    """For a process that does not relay: tells of each commit with events, and of many at once as of one."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._tenants: set[UUID] = set()
        self._some = asyncio.Event()

    def tell(self, tenant_id: UUID) -> None:
        self._tenants.add(tenant_id)
        self._some.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        outbox.commit_watchers.append(self.tell)
        try:
            while True:
                await self._some.wait()
                self._some.clear()
                tenants, self._tenants = self._tenants, set()
                told = False
                with reported("hinting at events failed"):
                    for tenant_id in tenants:
                        await self._redis.publish(CHANNEL, str(tenant_id))
                    told = True
                if not told:
                    await asyncio.sleep(RETRY)
        finally:
            outbox.commit_watchers.remove(self.tell)


async def listen(redis: Redis, relay: Relay) -> None:
    """Wakes the relay at each hint, until it is cancelled."""
    while True:
        with reported("listening for hints failed"):
            async with redis.pubsub(ignore_subscribe_messages=True) as hints:
                await hints.subscribe(CHANNEL)
                while True:
                    hint = await hints.get_message(timeout=LISTEN)
                    if hint is not None:
                        relay.wake(UUID(hint["data"].decode()))
        await asyncio.sleep(RETRY)
