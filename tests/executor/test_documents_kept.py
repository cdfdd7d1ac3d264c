"""What a client can make the caches hold has a bound."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from executor import Core, Documents, Engine
from executor.operations import VARIANTS


@pytest.fixture
def schema() -> GraphQLSchema:
    return build_schema("type Query { a: Int b: Int c: Int d: Int e: Int }")


def test_all_documents_together_have_a_bound(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), length=1_000)
    for n in range(500):
        documents.get(f"{{ a{n}: a }}")
    kept = len(documents)
    assert 50 < kept < 100
    assert documents.get("{ a499: a }") is documents.get("{ a499: a }")
    assert len(documents) == kept


def test_what_is_asked_for_stays(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), length=1_000)
    first = documents.get("{ a }")
    for n in range(500):
        documents.get(f"{{ a{n}: a }}")
        assert documents.get("{ a }") is first


def test_long_documents_and_wrong_ones_are_not_kept(schema: GraphQLSchema) -> None:
    documents = Documents(schema, Core(), length=1_000)
    documents.get("{ a " + " " * 100 + "}")
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
