"""What is worked out of arguments and variables the first time is right the next time, with other variables."""

from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse

from executor import Engine

DOCUMENT = """
query ($n: Int, $m: Int = 7, $names: [String!], $name: String, $given: Given) {
  one: asked(n: $n, names: ["fixed"])
  two: asked(n: 1, names: $names, given: { n: $m })
  three: asked(n: $m, names: ["a", $name])
  four: asked(names: [$name, $name], given: $given)
}
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    schema = build_schema(
        "input Given { n: Int = 3, more: [Given!] } type Query { asked(n: Int = 5, names: [String], given: Given): String }"
    )
    assert schema.query_type is not None
    schema.query_type.fields["asked"].resolve = lambda _, __, **arguments: str(arguments)
    return schema


VARIABLES: list[dict[str, Any]] = [
    {"n": 2, "names": ["b"], "name": "c", "given": {"n": 1}},
    {"n": 3, "m": 4, "names": "one", "name": "d", "given": {"more": [{}, {"n": None}]}},
    {},
    {"n": None, "m": None, "names": None, "name": None, "given": None},
    {"n": 9, "name": "e", "names": []},
    {"n": "no", "m": 2.5, "names": [None], "name": 1, "given": {"none": 1}},
    {"n": 2, "names": ["b"], "name": "c", "given": {"n": 1}},
]


async def test_as_graphql_core_does_in_whatever_order(schema: GraphQLSchema) -> None:
    for first in range(len(VARIABLES)):
        engine = Engine(schema)
        for variables in VARIABLES[first:] + VARIABLES[:first]:
            expected = execute(schema, parse(DOCUMENT), variable_values=variables)
            assert isinstance(expected, ExecutionResult)
            assert (await engine.execute(DOCUMENT, variables)).formatted == expected.formatted


async def test_a_list_is_nobody_elses() -> None:
    """A resolver may change what it is given."""
    given = list[Any]()

    def resolve(_: object, __: object, names: list[str]) -> str:
        given.append(list(names))
        names.append("changed")
        return ""

    changing = build_schema("type Query { asked(names: [String]): String }")
    assert changing.query_type is not None
    changing.query_type.fields["asked"].resolve = resolve
    engine = Engine(changing)
    for _ in range(3):
        await engine.execute('query ($name: String) { a: asked(names: [$name]) b: asked(names: ["x"]) }', {"name": "n"})
    assert given == [["n"], ["x"]] * 3
