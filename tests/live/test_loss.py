"""Servers, the relay, Redis and PostgreSQL die under writers and subscribers: each gets what it asked for, once, in order."""

import random
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import cycle

import asyncpg
from pydantic import SecretStr

from auth import Principal, Role, Tokens
from config import Settings
from db.embedded import running
from db.migrate import migrate
from resolvers.positions import cursor_of
from tests.db.folders import folder
from tests.factories import House
from tests.live.losing import Run
from tests.live.processes import SECRET, Processes
from tests.live.subscriber import CATEGORIES, Subscriber


async def lose(between: int, subscribers: int, longest: int, seed: int) -> int:
    """Every fault once, in an order of the seed's, with so many commits between two. Gives the number of events."""
    with folder() as empty, running(empty.path) as servers:
        await migrate(servers.migration_database_url, servers.database_url)
        async with asyncpg.create_pool(servers.migration_database_url, min_size=1, max_size=1) as owner:
            house = await House.build(owner)
        processes = Processes(servers)
        token = Tokens(Settings(jwt_secret=SecretStr(SECRET))).issue(
            Principal(house.tenant, "a dashboard", Role.READER), 3_600
        )
        beginning = cursor_of(house.tenant, 0)
        try:
            await processes.start()
            run = Run(servers, empty, processes, house, seed)
            faults: list[Callable[[], Awaitable[None]]] = [
                run.kill_server,
                run.kill_relay,
                partial(run.kill_redis, keeping=True),
                partial(run.kill_redis, keeping=False),
                partial(run.restart_database, signal.SIGINT),
                partial(run.restart_database, signal.SIGKILL),
            ]
            random.Random(seed).shuffle(faults)
            kinds = cycle([None, *CATEGORIES])
            listeners = [
                Subscriber(processes.addresses, token, beginning, next(kinds), longest, seed * subscribers + n)
                for n in range(subscribers)
            ]
            return await run.through(faults, between, listeners)
        finally:
            await processes.stop()


async def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    assert await lose(between=40, subscribers=12, longest=100, seed=1) > 6 * 40
