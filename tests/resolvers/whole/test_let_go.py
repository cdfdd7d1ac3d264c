"""What a document is answered by goes with the document, at once: a client can send new ones all the time."""

import gc
from collections.abc import AsyncIterator

import pytest

from auth import Principal, Role
from config import Settings
from db.scope import Database
from endpoint.engine import create_engine
from executor.plans import Plan
from resolvers.context import Context
from resolvers.whole import OFTEN
from tests.factories import House

DOCUMENTS = {
    "whole": "{{ name{}: notes {{ edges {{ node {{ text author {{ name }} }} }} totalCount }} }}",
    "field by field": "{{ name{}: notes {{ edges {{ node {{ text versions {{ text }} }} }} }} }}",
    "figures": '{{ name{}: dailyStats(date: "2026-03-02") {{ total byShift {{ notes }} }} }}',
}


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings)
    yield database
    await database.close()


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_without_the_collector(settings: Settings, database: Database, house: House, document: str) -> None:
    await house.note()
    engine = create_engine(settings)
    gc.collect()
    gc.disable()
    before = _plans()
    try:
        for turn in range(5):
            for _ in range(OFTEN + 2):
                context = Context(database, settings, Principal(house.tenant, "somebody", Role.ADMIN))
                answer = await engine.execute(document.format(turn), context=context)
                await context.close()
                assert answer.errors is None
        del context, answer
        assert _plans() == before + 5
        engine.documents._kept.known.documents.clear()
        assert _plans() == before
    finally:
        gc.enable()


def _plans() -> int:
    return sum(isinstance(each, Plan) for each in gc.get_objects())
