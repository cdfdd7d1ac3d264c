"""One execution for many: whoever joins, lags or resumes gets each event after its position once, in order."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import strawberry
from graphql import GraphQLError, OperationDefinitionNode, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from auth import Principal, Role
from endpoint.live import sharing as module
from endpoint.live.executing import Contexts, Executing
from endpoint.live.ring import Message, Ring
from endpoint.live.sharing import Sharing
from endpoint.live.subscriptions import Subscription, begin_variable
from errors import EventsExpired, Unavailable
from executor import Engine, StrawberryDialect
from live import retrying
from live.events import Event
from live.stretches import Followed, Stretch


class Source:
    """A feed that is not behind a database."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self.followers = self.away = 0
        """How many follow; how often it cannot be followed, because its database is away."""

    def happen(self, count: int = 1) -> None:
        for _ in range(count):
            position = len(self.events) + 1
            at = datetime.now(UTC)
            self.events.append(Event(position, at, "CREATED", "Note", uuid4(), None, None, {}))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def newest(self, _: UUID | None) -> int:
        await asyncio.sleep(0)
        return len(self.events)

    async def follow(self, tenant_id: UUID, after: int | None) -> AsyncGenerator[Event, None]:
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        position = len(self.events) if after is None else after
        self.followers += 1
        try:
            while True:
                for event in self.events[position:]:
                    yield event
                    position = event.position
                if position >= len(self.events):
                    await self._changed.wait()
        finally:
            self.followers -= 1


class FakeContext:
    """Stands for a request's: the schema of these tests asks for nothing else."""

    open = 0

    def __init__(self, feed: Followed | None) -> None:
        self.feed = feed
        FakeContext.open += 1

    async def close(self) -> None:
        FakeContext.open -= 1


@strawberry.type
class Happening:
    @strawberry.field
    async def number(self, info: strawberry.Info) -> int:
        await asyncio.sleep(0)
        answered.append(cast(Any, self).position)
        if failures:
            raise failures.pop()
        return int(cast(Any, self).position)


answered: list[int] = []
failures: list[Exception] = []


async def _happenings(info: strawberry.Info, after: int | None = None, odd: bool = False) -> AsyncGenerator[Any, None]:
    async with aclosing(info.context.feed.follow(TENANT, after)) as events:
        async for event in events:
            if not odd or event.position % 2:
                yield event


@strawberry.type
class Query:
    nothing: int = 0


@strawberry.type
class Subscriptions:
    happenings: Happening = cast(Any, strawberry.subscription(resolver=_happenings))


TENANT = uuid4()
PRINCIPAL = Principal(TENANT, "somebody", Role.READER)
SCHEMA = strawberry.Schema(Query, subscription=Subscriptions)
for type_ in ("Happening",):
    cast(Any, SCHEMA._schema.type_map[type_]).is_type_of = None
ENGINE = Engine(SCHEMA._schema, StrawberryDialect(SCHEMA))
DOCUMENT = "subscription ($after: Int, $odd: Boolean! = false) { happenings(after: $after, odd: $odd) { number } }"


def make(source: Source, *, shared: bool = True) -> Sharing:
    contexts = cast(Contexts, lambda _, feed: FakeContext(feed))
    return Sharing(Executing(ENGINE, contexts), source, source.newest, shared=shared)


def subscription(after: int | None = None, role: Role = Role.READER, **variables: Any) -> Subscription:
    operation = ENGINE.documents.get(DOCUMENT).operation(None)
    given = {"after": after, **variables} if after is not None else variables
    return Subscription(operation, given, Principal(TENANT, "somebody", role))


async def numbers(messages: AsyncGenerator[Message, None], count: int) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            message = await anext(messages)
            assert json.loads(message.payload) == {"data": {"happenings": {"number": message.position}}}
            found.append(message.position or 0)
    return found


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_the_same_is_executed_once() -> None:
    source = Source()
    sharing = make(source)
    several = [sharing.messages(subscription()) for _ in range(20)]
    tasks = [asyncio.create_task(numbers(each, 5)) for each in several]
    await until(lambda: sharing.riding == 20)
    answered.clear()
    source.happen(5)
    assert await asyncio.gather(*tasks) == [[1, 2, 3, 4, 5]] * 20
    assert answered == [1, 2, 3, 4, 5]
    assert len(sharing) == source.followers == 1
    for each in several:
        await each.aclose()
    assert len(sharing) == source.followers == FakeContext.open == sharing.riding == 0


async def test_other_variables_or_rights_are_another_execution_and_another_beginning_is_not() -> None:
    same = {subscription().shared_by, subscription(3).shared_by, subscription(7).shared_by}
    assert len(same) == 1
    assert subscription(odd=True).shared_by not in same
    assert subscription(role=Role.CLINICIAN).shared_by not in same


@pytest.mark.parametrize(
    ("document", "variable"),
    [
        (DOCUMENT, "after"),
        ("subscription ($a: Int) { happenings(after: $a) { number } }", "a"),
        ("subscription ($a: Int!) { happenings(after: $a) { number } }", None),
        ("subscription ($a: Int) { happenings(after: $a) { number @skip(if: $a) } }", None),
        ("subscription { happenings(after: 1) { number } }", None),
    ],
)
def test_where_it_begins_is_a_variable_of_no_other_use(document: str, variable: str | None) -> None:
    [node] = parse(document).definitions
    assert isinstance(node, OperationDefinitionNode)
    assert begin_variable(node) == variable


async def test_who_begins_earlier_catches_up_and_joins() -> None:
    source = Source()
    sharing = make(source)
    source.happen(10)
    live = sharing.messages(subscription())
    waiting = asyncio.create_task(numbers(live, 2))
    await until(lambda: sharing.riding == 1)
    late = sharing.messages(subscription(4))
    assert await numbers(late, 6) == [5, 6, 7, 8, 9, 10]
    joining = asyncio.create_task(numbers(late, 2))
    await until(lambda: sharing.riding == 2)
    answered.clear()
    source.happen(2)
    assert await waiting == await joining == [11, 12]
    assert answered == [11, 12]
    await live.aclose()
    await late.aclose()


async def test_who_is_slow_falls_back_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Ring", lambda: Ring(messages=4))
    source = Source()
    sharing = make(source)
    quick, slow = sharing.messages(subscription()), sharing.messages(subscription())
    first = [asyncio.create_task(numbers(each, 1)) for each in (quick, slow)]
    await until(lambda: sharing.riding == 2)
    source.happen()
    await asyncio.gather(*first)
    for _ in range(10):
        source.happen(10)
        await numbers(quick, 10)
    assert await numbers(slow, 100) == list(range(2, 102))
    await quick.aclose()
    await slow.aclose()


async def test_a_position_of_another_database_has_expired() -> None:
    source = Source()
    source.happen(3)
    messages = make(source).messages(subscription(5))
    with pytest.raises(EventsExpired):
        await anext(messages)


async def test_a_database_that_is_away_is_waited_for() -> None:
    source = Source()
    messages = make(source).messages(subscription(0))
    source.happen(3)
    source.away = 2
    failures.append(Unavailable("away"))
    assert await numbers(messages, 3) == [1, 2, 3]
    await messages.aclose()


async def test_a_database_that_stays_away_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "PATIENCE", 0.1)
    source = Source()
    source.happen(3)
    source.away = 1_000
    with pytest.raises(GraphQLError) as failed:
        await anext(make(source).messages(subscription(0)))
    assert isinstance(failed.value.original_error, Unavailable)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_each_gets_what_matches_after_its_position_once(data: st.DataObject) -> None:
    beginnings = data.draw(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=5))
    steps = data.draw(st.lists(st.integers(0, 6), max_size=12))
    ring = data.draw(st.integers(1, 5))

    async def scenario() -> None:
        source = Source()
        sharing = make(source)
        source.happen(12)
        seen: list[list[int]] = [[] for _ in beginnings]
        total = 12 + sum(steps)

        async def subscribe(index: int) -> None:
            begin, odd = beginnings[index]
            expected = sum(1 for n in range(begin + 1, total + 1) if not odd or n % 2)
            messages = sharing.messages(subscription(begin, odd=odd))
            for _ in range(expected):
                seen[index] += await numbers(messages, 1)
                for _ in range(index * 3):  # each slower than the one before
                    await asyncio.sleep(0)
            await messages.aclose()

        tasks = [asyncio.create_task(subscribe(index)) for index in range(len(beginnings))]
        for step in steps:
            source.happen(step)
            for _ in range(7):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        for (begin, odd), each in zip(beginnings, seen, strict=True):
            assert each == [n for n in range(begin + 1, total + 1) if not odd or n % 2]
        assert len(sharing) == source.followers == FakeContext.open == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Ring", lambda: Ring(messages=ring))
        asyncio.run(scenario())


async def test_a_stretch_knows_how_far_it_was_read() -> None:
    source = Source()
    source.happen(5)
    stretch = Stretch(source, begin=1, end=4)
    read = []
    async for event in stretch.follow(TENANT, None):
        assert stretch.position == event.position - 1
        read.append(event.position)
    assert (read, stretch.position) == ([2, 3, 4], 4)
