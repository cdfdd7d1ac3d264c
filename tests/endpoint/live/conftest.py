"""Events that come: a relay, and a server whose inside can be looked at."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from auth import Role
from config import Settings
from endpoint.live.answers import Live
from live.running import relaying
from tests.api import Api
from tests.endpoint.live.sockets import Socket
from tests.factories import House
from tests.serving import serving


@dataclass(frozen=True)
class Running:
    address: str
    live: Live


@pytest.fixture(scope="module")
async def relayed(settings: Settings) -> AsyncIterator[None]:
    """Events get their positions. Only here: other tests look for theirs in the outbox, where a relay takes them from."""
    async with relaying(settings):
        yield


@pytest.fixture(scope="module")
async def running(settings: Settings, relayed: None) -> AsyncIterator[Running]:
    """A server of these tests alone."""
    quick = settings.model_copy(update={"credential_check_interval": 0.1, "subscriptions_per_connection": 8})
    serves = serving(quick)
    async with serves as address:
        yield Running(address, serves.state["live"])


@pytest.fixture
def clinician(api: Api, house: House) -> Api:
    return api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")


async def subscribed(live: Live, socket: Socket, query: str, identifier: str = "1", **variables: Any) -> None:
    """Subscribes, and returns when whatever happens from now on will be told."""
    before = live.sharing.rides
    await socket.subscribe(identifier, query, **variables)
    while live.sharing.rides == before:
        await asyncio.sleep(0.005)
