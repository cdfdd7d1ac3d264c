"""What a client can make the caches hold has a bound."""

import asyncio
import gc
from collections import Counter
from typing import Any

import pytest
from graphql import GraphQLSchema, Node, Token, build_schema
from graphql.execution import VariableValues

from executor import Core, Document, Documents, Engine, Limits
from executor.fields import Field
from executor.limits import UNLIMITED
from executor.operations import VARIANTS, Operation
from executor.plans import Plan
from executor.selections import Selection
from executor.two_queues import GONE


@pytest.fixture
def schema() -> GraphQLSchema:
    return build_schema("type Query { a: Int b: Int c: Int d: Int e: Int }")


def test_all_documents_together_have_a_bound(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), characters=1_000)
    for n in range(500):
        documents.get(f"{{ a{n}: a }}")
    assert 5 < len(documents) < 10  # those that were not asked for again have a tenth
    for n in range(500):
        for _ in range(2):
            documents.get(f"{{ b{n}: b }}")
    assert 50 < len(documents) < 100
    assert documents.get("{ b499: b }") is documents.get("{ b499: b }")


def test_new_ones_push_out_nothing_that_is_asked_for(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), characters=1_000)
    known = {f"{{ b{n}: b }}": documents.get(f"{{ b{n}: b }}") for n in range(5)}
    assert all(documents.get(source) is each for source, each in known.items())
    for n in range(500):
        documents.get(f"{{ a{n}: a }}")
    assert all(documents.get(source) is each for source, each in known.items())


def test_what_was_pushed_out_and_is_asked_for_again_stays(schema: GraphQLSchema) -> None:
    """However many there are, as long as there is room for all."""
    documents = Documents(schema, Core(), characters=1_000)
    sources = [f"{{ b{n}: b }}" for n in range(60)]
    once, again, later = ([documents.get(source) for source in sources] for _ in range(3))
    assert not any(one is other for one, other in zip(once[:50], again[:50], strict=True))
    assert all(one is other for one, other in zip(again, later, strict=True))


def test_what_was_gone_is_forgotten_in_the_end(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), characters=1_000)
    for n in range(2 * GONE):
        documents._kept.put(f"{n} {'#' * 200}", Document(documents._bindings, "{ a }", UNLIMITED))
    assert len(documents._kept.gone) == GONE
    assert len(documents) == 0


def test_wrong_documents_are_not_kept(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), characters=1_000)
    documents.get("{ a " + " " * 1_000 + "}")
    documents.get("{ nope }")
    documents.get("{ a ")
    assert len(documents) == 0


async def test_a_plan_for_each_choice_of_directives_up_to_a_bound(schema: GraphQLSchema) -> None:
    engine = Engine(schema)
    names = "abcde"
    document = "query ({}) {{ {} }}".format(
        ", ".join(f"${name}: Boolean!" for name in names), " ".join(f"{name} @skip(if: ${name})" for name in names)
    )
    for choice in range(32):
        variables: dict[str, Any] = {name: bool(choice >> n & 1) for n, name in enumerate(names)}
        result = await engine.execute(document, variables, root=dict.fromkeys(names, 1))
        assert result.data == {name: 1 for name in names if not variables[name]}
    assert len(engine.documents.get(document).operation(None)._plans) == VARIANTS


async def test_fields_of_plans_together_have_a_bound() -> None:
    """A short document can spread a fragment often: what its plan binds is what counts."""
    engine = Engine(build_schema("type Query { q: Query a: Int }"))
    engine.documents = Documents(engine.schema, Core(), fields=2_000)
    inside = " ".join(f"a{n}: a" for n in range(20))
    for turn in range(30):
        spread = " ".join(f"q{turn}_{n}: q {{ ...F }}" for n in range(20))
        for _ in range(2):
            result = await engine.execute(f"{{ {spread} }} fragment F on Query {{ {inside} }}", root={"q": {"a": 1}})
            assert result.errors is None
        for queue, most in ((engine.documents._kept.new, 200), (engine.documents._kept.known, 1_800)):
            assert sum(each.share.fields for each in queue.documents.values()) == queue.fields <= most
    assert 1 <= len(engine.documents) <= 4
    # One that is larger than all may be is run, and not kept.
    spread = " ".join(f"q{n}: q {{ ...F }}" for n in range(200))
    result = await engine.execute(f"{{ {spread} }} fragment F on Query {{ {inside} }}", root={"q": {"a": 1}})
    assert result.errors is None
    assert not engine.documents._kept.new.documents
    assert engine.documents._kept.new.fields == 0


CIRCLES = """
query ($n: Int, $on: Boolean = true) {
  a again: a(n: $n) of(in: {n: $n, list: [$n, 1]}) { ...F @include(if: $on) __typename }
  all { ... on A { a } ... on B { q { b(n: [1, $n]) } } }
}
fragment F on Query { color lists all { __typename ... on A { a } } }
"""


async def test_what_is_let_go_is_gone_at_once() -> None:
    """Without the collector, which would come ten thousands of documents later."""
    sdl = """input In { n: Int list: [Int] } enum Color { RED } union All = A | B type A { a: Int } type B { q: Query }
    type Query { a(n: Int): Int b(n: [Int]): Int of(in: In): Query all: [All!] color: Color! lists: [[Int]] }"""
    engine = Engine(build_schema(sdl))
    root: dict[str, Any] = {"a": 1, "color": "RED", "lists": [[1], None]}
    root |= {"of": root, "all": [{"__typename": "A", "a": 1}, {"__typename": "B", "q": root}], "b": 2}
    gc.collect()
    gc.disable()
    try:
        before = _made()
        for turn in range(3):
            source = CIRCLES.replace("again", f"again{turn}")
            for on in (True, False):
                answer = await engine.execute(source, {"n": 1, "on": on}, root=root)
                assert answer.errors is None
            operation = engine.documents.get(source).operation(None)
            assert engine.cost(operation, {}).total
            assert len(engine.explained(operation, {"n": 1})) == 4
            del answer, operation
        assert _made() - before
        engine.documents._kept.known.documents.clear()
        assert _made() - before == Counter()
    finally:
        gc.enable()


def _made() -> Counter[str]:
    """What there is of all that is made for a document."""
    kinds = (Document, Operation, Plan, Selection, Field, Node, Token)
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))


async def test_what_is_deep_is_left_to_graphql_core() -> None:
    engine = Engine(build_schema("type Query { q: Query a: Int }"))
    root: dict[str, Any] = {"a": 1}
    root["q"] = root
    for depth in (10, 49, 50, 90):
        document = "{ q " * depth + "{ a }" + " }" * depth
        assert (await engine.execute(document, root=root)).errors is None
        values = engine.documents.get(document).operation(None).plan(VariableValues({}, {}))
        assert (values is None) is (depth >= 50)


def test_tokens_have_a_bound(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), limits=Limits(tokens=10))
    assert not documents.get("{ a b c d e }").errors
    [error] = documents.get("{ a b c d e a1: a a2: a }").errors
    assert "10 tokens" in error.message


async def test_a_long_document_does_not_keep_others_waiting(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core())
    long = "{ " + " ".join(f"a{n}: a" for n in range(2_000)) + " }"
    making, turns = asyncio.ensure_future(asyncio.gather(*(documents.fetch(long) for _ in range(2)))), 0
    while not making.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20
    first, second = making.result()
    assert first is second is documents.get(long) is await documents.fetch(long)
    assert not first.errors
    assert (await documents.fetch("{ nope } " + "#" * 5_000)).errors
    assert len(documents) == 1
    assert await documents.fetch("{ a }") is documents.get("{ a }")
