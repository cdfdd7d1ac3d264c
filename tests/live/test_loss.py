"""The relay, Redis and PostgreSQL die under writers and followers: each follower gets every committed event, once, in order."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg

from db.embedded import running
from db.migrate import migrate
from tests.db.folders import folder
from tests.factories import House
from tests.live.losing import Relays, Run


async def lose(between: int, followers: int, seed: int) -> None:
    """Every fault once, in an order of the seed's, with so many commits between two."""
    with folder() as empty, running(empty.path) as servers:
        await migrate(servers.migration_database_url, servers.database_url)
        async with asyncpg.create_pool(servers.migration_database_url, min_size=1, max_size=1) as owner:
            house = await House.build(owner)
        relays = Relays(servers)
        try:
            await asyncio.gather(relays.start(), relays.start())
            run = Run(servers, empty, relays, house, seed)
            faults: list[Callable[[], Awaitable[None]]] = [
                run.kill_relay,
                partial(run.kill_redis, keeping=True),
                partial(run.kill_redis, keeping=False),
                partial(run.restart_database, signal.SIGINT),
                partial(run.restart_database, signal.SIGKILL),
            ]
            random.Random(seed).shuffle(faults)
            await run.through(faults, between, followers)
        finally:
            await relays.stop()


async def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    await lose(between=60, followers=20, seed=1)
