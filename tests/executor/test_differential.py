"""Random documents on schemas made to be nasty, and on our own: the engine answers as graphql-core does."""

import gc
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor import Engine, selections
from executor.selections import PAYS
from tests.executor.comparing import compare
from tests.executor.documents.requests import requests
from tests.executor.schemas import abstract, leaves, nullability, own
from tests.executor.world.profile import profiles

SCHEMAS = (nullability, abstract, leaves, own)
SOME, ALL, PARTS = 60, 50_000, 10

# Where graphql-core cancels what it has not started, it leaves coroutines of its own unawaited.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object (Executor|default_type_resolver):pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Lets what was not awaited be found in the test that left it."""
    yield
    gc.collect()


def random_requests(examples: int) -> Callable[[Any], Any]:
    """A property of requests and profiles, without a time limit: time says nothing on a busy machine."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


async def _compare(module: ModuleType, data: st.DataObject) -> None:
    request, profile = data.draw(requests(module.SCHEMA, module.INPUT_SAMPLES)), data.draw(profiles())
    # Rows become objects in two ways, and the second is for more of them than there are here.
    with patch.object(selections, "PAYS", data.draw(st.sampled_from([-1, PAYS]))):
        await compare(module.SCHEMA, Engine(module.SCHEMA), request, profile, module.LEAVES)


@pytest.mark.parametrize("module", SCHEMAS, ids=lambda module: module.__name__.rpartition(".")[2])
@random_requests(SOME)
@given(data=st.data())
async def test_some(module: ModuleType, data: st.DataObject) -> None:
    await _compare(module, data)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("module", SCHEMAS, ids=lambda module: module.__name__.rpartition(".")[2])
@random_requests(ALL // PARTS // len(SCHEMAS))
@given(data=st.data())
async def test_fifty_thousand(module: ModuleType, part: int, data: st.DataObject) -> None:
    await _compare(module, data)
