"""The loss test at length: about a minute of writing each, with as many subscribers as a busy day has dashboards."""

import pytest

from tests.live.test_loss import lose

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("seed", range(10))]


async def test_nothing_is_lost_and_nothing_comes_twice(seed: int) -> None:
    assert await lose(between=800, subscribers=200, longest=2_000, seed=seed) > 7 * 800
