"""The long forms of what tests/endpoint/live/test_connections.py shows."""

import pytest

from config import Settings
from tests.api import Api
from tests.endpoint.live.conftest import Running
from tests.endpoint.live.test_connections import come_and_go_without_a_trace, read_slowly
from tests.factories import House

pytestmark = pytest.mark.soak


async def test_ten_thousand_come_and_go(running: Running, api: Api, house: House, settings: Settings) -> None:
    await come_and_go_without_a_trace(running, api, house, settings, 10_000)


async def test_a_hundred_thousand_events_for_who_does_not_read(running: Running, api: Api, house: House) -> None:
    assert await read_slowly(running, api, house, 100_000) < 32
