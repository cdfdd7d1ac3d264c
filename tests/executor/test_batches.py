"""What the engine adds to graphql-core's contract: a field that answers all parents of a level at once."""

from typing import Any

import pytest
from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema

from executor import Engine

Info = GraphQLResolveInfo[Any]


class Batch:
    """Doubles numbers; remembers what it was asked."""

    def __init__(self, later: bool) -> None:
        self.asked: list[list[int]] = []
        self._later = later

    def __call__(self, sources: list[int], info: Info, plus: int = 0) -> Any:
        self.asked.append(list(sources))
        if plus < 0:
            raise ValueError("no batch")
        answers = [ValueError(f"{source} is odd") if source % 2 else 2 * source + plus for source in sources]
        return self._awaited(answers) if self._later else answers

    async def _awaited(self, answers: list[Any]) -> list[Any]:
        return answers


@pytest.fixture(params=[False, True], ids=["at once", "later"])
def batch(request: pytest.FixtureRequest) -> Batch:
    return Batch(request.param)


def _engine(batch: Batch) -> Engine:
    schema: GraphQLSchema = build_schema("type Query { items: [Item!] } type Item { double(plus: Int): Item, n: Int }")
    assert schema.query_type is not None
    schema.query_type.fields["items"].resolve = lambda *_: [2, 4, 6]
    fields = schema.type_map["Item"].fields  # type: ignore[attr-defined]
    fields["double"].extensions = {"executor.batch": batch}
    fields["n"].resolve = lambda source, _: source
    return Engine(schema)


async def test_one_call_for_each_level(batch: Batch) -> None:
    result = await _engine(batch).execute("{ items { double { n double(plus: 1) { n } } } }")
    assert result.errors is None
    assert result.data == {"items": [{"double": {"n": n, "double": {"n": 2 * n + 1}}} for n in (4, 8, 12)]}
    assert batch.asked == [[2, 4, 6], [4, 8, 12]]


async def test_one_call_for_each_selection(batch: Batch) -> None:
    """Other arguments are another question; merged fields are one."""
    await _engine(batch).execute("{ items { double { n } x: double(plus: 1) { n } ... { double { n } } } }")
    assert batch.asked == [[2, 4, 6], [2, 4, 6]]


async def test_an_exception_is_the_error_of_its_parent(batch: Batch) -> None:
    result = await _engine(batch).execute("{ items { double(plus: 1) { double { n } } } }")
    assert result.data == {"items": [{"double": {"double": None}}] * 3}
    assert [(error.message, error.path) for error in result.errors or ()] == [
        (f"{n} is odd", ["items", index, "double", "double"]) for index, n in enumerate((5, 9, 13))
    ]


async def test_a_batch_that_fails_is_the_error_of_all(batch: Batch) -> None:
    result = await _engine(batch).execute("{ items { double(plus: -1) { n } n } }")
    assert result.data == {"items": [{"double": None, "n": n} for n in (2, 4, 6)]}
    assert [(error.message, error.path) for error in result.errors or ()] == [
        ("no batch", ["items", index, "double"]) for index in range(3)
    ]
