"""The two steps of a subscription: a source of events, and a plan that answers each (specification, section 6.2.3)."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError

from executor import Engine, Guard, NoSource, StrawberryDialect
from executor.run import Run


class No(Guard):
    def check(self, context: object) -> None:
        raise PermissionError("not you")


async def _numbers(to: int, fail: bool = False) -> AsyncGenerator[int, None]:
    try:
        for n in range(to):
            yield n
        if fail:
            raise ValueError("no more")
    finally:
        closed.append(to)


def numbers(info: strawberry.Info, to: int, fail: bool = False) -> AsyncGenerator[int, None]:
    if to < 0:
        raise ValueError("backwards")
    return _numbers(to, fail)


@strawberry.type
class Query:
    nothing: int = 0


def told_by(resolver: Any, *guards: Guard) -> Any:
    return strawberry.subscription(resolver=resolver, extensions=list(guards))


@strawberry.type
class Subscription:
    counting: int = told_by(numbers)
    guarded: int = told_by(numbers, No())


closed: list[int] = []
SCHEMA = strawberry.Schema(Query, subscription=Subscription)
ENGINE = Engine(SCHEMA._schema, StrawberryDialect(SCHEMA))
DOCUMENT = "subscription ($to: Int!, $fail: Boolean! = false) { n: counting(to: $to, fail: $fail) }"


async def source(document: str, **variables: Any) -> Any:
    operation = ENGINE.documents.get(document).operation(None)
    return operation, await ENGINE.source(operation, variables)


async def test_each_event_is_the_root_of_an_answer_by_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, init = 0, Run.__init__

    def counted(self: Run, *args: Any, **kwargs: Any) -> None:
        nonlocal runs
        runs += 1
        init(self, *args, **kwargs)

    monkeypatch.setattr(Run, "__init__", counted)
    operation, events = await source(DOCUMENT, to=3)
    answers = [await ENGINE.run(operation, {"to": 3}, root=event) async for event in events]
    assert [each.data for each in answers] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert runs == 3


async def test_who_stops_before_the_end_closes_the_source() -> None:
    closed.clear()
    _, events = await source(DOCUMENT, to=5)
    assert await anext(events) == 0
    await events.aclose()
    assert closed == [5]


@pytest.mark.parametrize(
    ("document", "variables", "message", "path"),
    [
        (DOCUMENT, {"to": "x"}, "Variable '$to' has invalid value: Int cannot represent non-integer value: 'x'", None),
        (DOCUMENT, {"to": -1}, "backwards", ["n"]),
        ("subscription { guarded(to: 1) }", {}, "not you", ["guarded"]),
    ],
)
async def test_what_has_no_source_says_why(
    document: str, variables: dict[str, Any], message: str, path: list[str] | None
) -> None:
    with pytest.raises(NoSource) as refused:
        await source(document, **variables)
    [error] = refused.value.errors
    assert (error.message, error.path) == (message, path)


async def test_what_a_source_fails_with_is_its_fields_error() -> None:
    _, events = await source(DOCUMENT, to=1, fail=True)
    assert await anext(events) == 0
    with pytest.raises(GraphQLError) as failed:
        await anext(events)
    assert failed.value.message == "no more"
    assert isinstance(failed.value.original_error, ValueError)
    assert failed.value.locations == [(1, 53)]
