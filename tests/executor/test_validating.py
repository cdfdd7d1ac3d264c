"""Documents are validated as graphql-core validates them: the same errors, in the same order, at the same places."""

from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLSchema,
    StreamDirectiveOnListField,
    build_schema,
    parse,
    specified_rules,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.stream_rule import StreamOnListField
from executor.validating import errors_of
from tests.executor.documents.requests import requests
from tests.executor.schemas import abstract, nullability, own

SCHEMAS = (nullability, abstract, own)
# graphql-core's, but for the one that raises AttributeError at a @stream below a union.
RULES = [StreamOnListField if rule is StreamDirectiveOnListField else rule for rule in specified_rules]
PIECES = """
    $v
    ...X
    @skip(if: 1)
    @nope
    @defer
    @stream(initialCount: -1)
    ...on Nope { a }
    (a: 1, a: 2)
    { nope }
    __typename
    __schema { types { name } }
    fragment X on Query { __typename }
    query X { __typename }
    query ($v: Nope, $v: Int) { __typename }
""".strip().split("\n")


def both(schema: GraphQLSchema, source: str) -> tuple[list[Any], list[Any]]:
    document = parse(source)
    return found(errors_of(schema, document, specified_rules)), found(validate(schema, document, RULES))


def found(errors: list[GraphQLError]) -> list[Any]:
    return [each.formatted for each in errors]


@pytest.mark.parametrize("module", SCHEMAS, ids=lambda module: module.__name__.rpartition(".")[2])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_documents_with_mistakes(module: Any, data: st.DataObject) -> None:
    source = data.draw(requests(module.SCHEMA, module.INPUT_SAMPLES)).document
    words = source.split(" ")
    for _ in range(data.draw(st.integers(0, 4))):
        where = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                words.pop(where)
            case 1:
                words.insert(where, words[data.draw(st.integers(0, len(words) - 1))])
            case _:
                words.insert(where, data.draw(st.sampled_from(PIECES)))
        if not words:
            return
    try:
        ours, theirs = both(module.SCHEMA, " ".join(words))
    except GraphQLError:
        return  # it cannot be parsed
    assert ours == theirs


LAST_FRAGMENT = " fragment F150 on Query { a }"
SCHEMA = build_schema(
    """type Query { a(x: Int): Int b: Query i: I } interface I { a: Int } type T implements I { a: Int }
       type Subscription { s: Int t: Int }"""
)


@pytest.mark.parametrize(
    "source",
    [
        "{ ...Nope }",
        "{ a @nope }",
        "{ a(x: $v) }",
        "query ($v: Int) { a }",
        "query ($v: Int, $v: Int) { a(x: $v) }",
        "query ($v: Query) { a(x: $v) }",
        "query ($v: String) { a(x: $v) }",
        "fragment F on Query { a } { b { a } }",
        "fragment F on Query { b { ...F } } { ...F }",
        "fragment F on Query { a } fragment F on Query { a } { ...F }",
        "fragment F on Int { a } { ...F }",
        "fragment F on Nope { a } { ...F }",
        "{ i { ... on Query { a } } }",
        "{ a: a(x: 1) a: a(x: 2) a { b } b nope }",
        "{ a } { a }",
        "query A { a } query A { a }",
        "subscription { s t }",
        "{ b { __typename @skip } }",
        "mutation { a }",
        "type X { a: Int } { a }",
        '{ a(x: "1", y: 2, x: 3) }',
        "{ b { i { ... @defer { a } } } ... @defer(label: $l) { a } }",
        "{ " + " ".join(f"nope{n}" for n in range(120)) + " }",
        "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ b {{ ...F{n + 1} }} }}" for n in range(150))
        + LAST_FRAGMENT,
    ],
)
def test_each_rule(source: str) -> None:
    ours, theirs = both(SCHEMA, source)
    assert ours == theirs
    assert ours
