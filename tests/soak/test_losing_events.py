"""The loss test at length: about a minute each, with as many followers as a busy dashboard has."""

import pytest

from tests.live.test_loss import lose

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("seed", range(10))]


async def test_nothing_is_lost_and_nothing_comes_twice(seed: int) -> None:
    await lose(between=800, followers=200, seed=seed)
