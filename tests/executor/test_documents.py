"""The generator of documents: mostly valid, and no stranger to any part of the language."""

import re
from types import ModuleType

import pytest
from graphql import GraphQLSchema, GraphQLSyntaxError, parse, validate
from hypothesis import HealthCheck, Phase, given, settings

from tests.executor.documents.requests import Request, requests
from tests.executor.schemas import abstract, leaves, nullability, own

PARTS = {
    "alias": r"\w+: \w+",
    "argument": r"\w+\(\w+: ",
    "variable": r": \$v",
    "default": r"\$v\d+: [^,)]* = ",
    "list": r": \[",
    "input object": r": \{",
    "inline fragment": r"\.\.\. on ",
    "inline fragment without a type": r"\.\.\.( @| \{)",
    "named fragment": r"\.\.\.F",
    "fragment within a fragment": r"fragment [^}]*\.\.\.F",
    "skip": r"@skip\(if: (true|false)",
    "include with a variable": r"@include\(if: \$",
    "both": r"@skip\(if: [^)]*\) @include",
    "typename": "__typename",
    "several operations": "Operation1",
    "mutation": "mutation",
    "one field twice": r"\n(\w+\n|\w+ \{[^{}]*\}\n)(.*\n)?\1",
}


def _drawn(schema: GraphQLSchema, count: int) -> list[Request]:
    drawn: list[Request] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(schema, leaves.INPUT_SAMPLES))
    def draw(request: Request) -> None:
        drawn.append(request)

    draw()
    return drawn


def _is_valid(schema: GraphQLSchema, request: Request) -> bool:
    try:
        return not validate(schema, parse(request.document))
    except GraphQLSyntaxError:
        return False


@pytest.mark.parametrize(
    "module", [nullability, abstract, leaves, own], ids=["nullability", "abstract", "leaves", "own"]
)
def test_mostly_valid(module: ModuleType) -> None:
    schema = module.SCHEMA
    drawn = _drawn(schema, 60)
    assert sum(_is_valid(schema, request) for request in drawn) >= 0.8 * len(drawn)


def test_all_parts_of_the_language() -> None:
    drawn = _drawn(leaves.SCHEMA, 150) + _drawn(abstract.SCHEMA, 150)
    text = "\n".join(request.document for request in drawn)
    assert [part for part, pattern in PARTS.items() if not re.search(pattern, text)] == []
