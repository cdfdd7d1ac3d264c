"""Operations made from the schema alone, by schemathesis: whatever is asked, no bug, and nothing told of one."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import schemathesis
from graphql import get_introspection_query
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis.core.result import Ok

from auth import Role
from tests.api import Api
from tests.endpoint.test_fuzz import PATIENCE, answers_well, fuzzed
from tests.factories import House

days = st.dates().map(str)
SCALARS = {
    "Cursor": st.text(max_size=40),
    "Date": days,
    "DateTime": st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    "Duration": st.timedeltas().map(lambda each: f"PT{each.seconds}S"),
    "LocalTime": st.times().map(str),
    "Sha256": st.binary(min_size=32, max_size=32).map(bytes.hex),
    "TimeZone": st.timezone_keys(),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy.map(nodes.String))


@pytest.fixture(scope="module")
async def who(server: str, settings: Any, owner: Any) -> AsyncIterator[Api]:
    house = await House.build(owner)
    async with httpx.AsyncClient(base_url=server, timeout=PATIENCE) as http:
        yield Api(http, settings).as_(Role.ADMIN, house.tenant, "practitioner-0")


@pytest.fixture(scope="module")
async def operations(who: Api) -> list[Any]:
    """Each root field of queries and mutations."""
    found = schemathesis.graphql.from_dict({"data": await who.ask(get_introspection_query())})
    return [each.ok() for each in found.get_all_operations() if isinstance(each, Ok)]


async def answers_any(who: Api, operations: list[Any], data: st.DataObject) -> None:
    case = data.draw(data.draw(st.sampled_from(operations)).as_strategy())
    await answers_well(who, orjson.dumps({"query": case.body}), {"Content-Type": "application/json"})


@fuzzed(40)
@given(data=st.data())
async def test_operations(who: Api, operations: list[Any], data: st.DataObject) -> None:
    await answers_any(who, operations, data)


@pytest.mark.soak
@fuzzed(2_000)
@given(data=st.data())
async def test_many_operations(who: Api, operations: list[Any], data: st.DataObject) -> None:
    await answers_any(who, operations, data)
