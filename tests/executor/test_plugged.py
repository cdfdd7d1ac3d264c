"""A Strawberry schema that has nothing to do with CareNotes, through Strawberry's own execute."""

import gc
import weakref
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.extensions import SchemaExtension

from executor import Engine, Guard, PlannedExecution, StrawberryDialect, batched
from executor.run import Run

asked: list[list[int]] = []


class No(Guard):
    def check(self, context: object) -> None:
        raise PermissionError("not you")


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.interface
class Named:
    name: str


@batched("number")
async def doubled(parents: strawberry.Parent[Sequence[Any]], info: strawberry.Info, times: int = 2) -> list[int]:
    asked.append([parent.number for parent in parents])
    return [parent.number * times for parent in parents]


@strawberry.type
class Bead(Named):
    number: int
    colour: Colour
    doubled: int = strawberry.field(resolver=doubled)
    secret: str | None = strawberry.field(extensions=[No()], default="x")

    @strawberry.field
    def shout(self) -> str:
        return self.name.upper()

    @strawberry.field
    async def others(self, first: int) -> list["Bead"]:
        return beads(first)


@strawberry.type
class Knot(Named):
    loose: bool = True


def beads(count: int) -> list[Bead]:
    colours = list(Colour)
    return [Bead(name=f"bead {n}", number=n, colour=colours[n % 2]) for n in range(count)]


@strawberry.input
class Which:
    colours: list[Colour] | None = None
    at_least: int = 0


@strawberry.type
class Query:
    @strawberry.field
    def beads(self, count: int = 3, which: Which | None = None) -> list[Bead]:
        which = which or Which()
        return [
            bead
            for bead in beads(count)
            if bead.number >= which.at_least and bead.colour in (which.colours or list(Colour))
        ]

    @strawberry.field
    async def string(self) -> list[Named]:
        return [*beads(2), Knot(name="knot")]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def thread(self, name: str) -> Bead:
        return Bead(name=name, number=1, colour=Colour.RED)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def falling(self, count: int) -> AsyncGenerator[Bead, None]:
        for bead in beads(count):
            yield bead


@dataclass
class Counted:
    runs: int = 0


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted, init = Counted(), Run.__init__

    def counting(self: Run, *args: Any, **kwargs: Any) -> None:
        counted.runs += 1
        init(self, *args, **kwargs)

    monkeypatch.setattr(Run, "__init__", counting)
    asked.clear()
    return counted


PLAIN = strawberry.Schema(Query, Mutation, Subscription, types=[Knot])
PLANNED = strawberry.Schema(Query, Mutation, Subscription, types=[Knot], execution_context_class=PlannedExecution)

DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("{ beads { name number colour doubled shout others(first: 2) { number doubled(times: 3) } } }", {}),
    ("query ($w: Which) { beads(count: 5, which: $w) { number colour } }", {"w": {"colours": ["BLUE"], "atLeast": 2}}),
    ("{ string { __typename name ... on Bead { number } ... on Knot { loose } } }", {}),
    ("{ beads(count: 2) { name secret } }", {}),
    ('mutation { a: thread(name: "a") { name } b: thread(name: "b") { colour } }', {}),
    ("query ($s: Boolean!) { beads(count: 1) { name @skip(if: $s) number } }", {"s": True}),
]


@pytest.mark.parametrize(("document", "variables"), DOCUMENTS)
async def test_like_strawberry_without_it(runs: Counted, document: str, variables: dict[str, Any]) -> None:
    expected = await PLAIN.execute(document, variables)
    assert runs.runs == 0
    actual = await PLANNED.execute(document, variables)
    assert runs.runs == 1
    assert actual.data == expected.data
    assert [e.formatted for e in actual.errors or ()] == [e.formatted for e in expected.errors or ()]
    direct = await Engine(PLAIN._schema, StrawberryDialect(PLAIN)).execute(document, variables)
    assert direct.data == expected.data


async def test_a_batch_is_asked_once_for_a_level_by_either(runs: Counted) -> None:
    for schema in (PLAIN, PLANNED):
        await schema.execute("{ beads(count: 4) { doubled } }")
        assert asked == [[0, 1, 2, 3]]
        asked.clear()


async def test_each_event_of_a_subscription_runs_through_a_plan(runs: Counted) -> None:
    stream = await PLANNED.subscribe("subscription { falling(count: 3) { name doubled } }")
    data = [result.data async for result in stream]
    assert data == [{"falling": {"name": f"bead {n}", "doubled": 2 * n}} for n in range(3)]
    assert runs.runs == 3


@pytest.mark.parametrize(
    "document", ["{ __schema { queryType { name } } beads { name } }", '{ __type(name: "Bead") { name } }']
)
async def test_introspection_is_left_to_graphql_core(runs: Counted, document: str) -> None:
    assert (await PLANNED.execute(document)).data == (await PLAIN.execute(document)).data
    assert runs.runs == 0


async def test_what_resolves_fields_is_left_to_graphql_core(runs: Counted) -> None:
    class Loud(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            value = _next(root, info, *args, **kwargs)
            return value + "!" if isinstance(value, str) else value

    schema = strawberry.Schema(Query, extensions=[Loud], execution_context_class=PlannedExecution)
    result = await schema.execute("{ beads(count: 1) { shout } }")
    assert result.data == {"beads": [{"shout": "BEAD 0!"}]}
    assert runs.runs == 0


async def test_a_schema_that_nobody_needs_is_let_go() -> None:
    @strawberry.type
    class Query:
        one: int = 1

    schema = strawberry.Schema(Query, execution_context_class=PlannedExecution)
    assert (await schema.execute("{ one }", root_value=Query())).data == {"one": 1}
    gone = weakref.ref(schema)
    del schema
    gc.collect()
    assert gone() is None
