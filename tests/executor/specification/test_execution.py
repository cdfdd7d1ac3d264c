"""Operations, arguments, errors of resolvers. Follows graphql-core's test_executor.py, test_resolve.py, test_sync.py and
test_parallel.py in tests/execution."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLResolveInfo, build_schema

from tests.executor.specification.cases import Case, check, name

Info = GraphQLResolveInfo[Any]

SCHEMA = build_schema("""
  type Query {
    a: String, b: String, c: [String], deep: Query, deeper: [Query], pic(size: Int, unit: String): String
    value: String, error: String, rawError: String, returned: String, withExtensions: String, located: String
    required: Query!
  }
  type Mutation { value: String }
""")


class Data:
    a, c, value = "Apple", ("Contrived", None, "Confusing"), 5

    def b(self, _info: Info) -> str:
        return "Banana"

    async def deep(self, _info: Info) -> "Data":
        return Data()

    def deeper(self, _info: Info) -> list["Data | None"]:
        return [Data(), None, Data()]

    async def required(self, info: Info) -> "Data | None":
        await asyncio.sleep(0)
        return Data() if len(info.path.as_list()) < 2 else None

    def pic(self, _info: Info, **arguments: Any) -> str:
        return repr(arguments)

    def error(self, _info: Info) -> str:
        raise GraphQLError("error")

    async def rawError(self, _info: Info) -> str:
        raise ValueError("raw error")

    def returned(self, _info: Info) -> Exception:
        return ValueError("returned error")

    async def withExtensions(self, _info: Info) -> Exception:
        return GraphQLError("with extensions", extensions={"code": "SOME"})

    def located(self, _info: Info) -> Exception:
        return GraphQLError("located elsewhere", path=["some", "where"])


OPERATIONS = "query Example { first: a } query OtherExample { second: a } mutation M { value }"
NEEDS_NAME = "Must provide operation name if query contains multiple operations."

CASES = [
    Case("threads root value context correctly", "query Example { a }", {"a": "Apple"}),
    Case(
        "executes arbitrary code",
        "query ($size: Int) { a, b, x: c ...F ... on Query { pic(size: $size) } deep { b c deeper { a b } } }"
        " fragment F on Query { value }",
        {
            "a": "Apple",
            "b": "Banana",
            "x": ["Contrived", None, "Confusing"],
            "value": "5",
            "pic": "{'size': 100}",
            "deep": {
                "b": "Banana",
                "c": ["Contrived", None, "Confusing"],
                "deeper": [{"a": "Apple", "b": "Banana"}, None, {"a": "Apple", "b": "Banana"}],
            },
        },
        variables={"size": 100},
    ),
    Case(
        "merges parallel fragments",
        "{ a ...One ...Two } fragment One on Query { b deep { b deeper: deep { b } } }"
        " fragment Two on Query { c deep { a deeper: deep { a } } }",
        {
            "a": "Apple",
            "b": "Banana",
            "deep": {"b": "Banana", "deeper": {"b": "Banana", "a": "Apple"}, "a": "Apple"},
            "c": ["Contrived", None, "Confusing"],
        },
    ),
    Case(
        "correctly threads arguments",
        '{ pic(unit: "px", size: 123) }',
        {"pic": "{'size': 123, 'unit': 'px'}"},
    ),
    Case(
        "does not include arguments that were not set",
        "{ pic(size: null) x: pic }",
        {"pic": "{'size': None}", "x": "{}"},
    ),
    Case(
        "nulls out error subtrees",
        "{ a error rawError returned withExtensions }",
        {"a": "Apple", "error": None, "rawError": None, "returned": None, "withExtensions": None},
        [
            ("error", ["error"], [(1, 5)]),
            ("raw error", ["rawError"], [(1, 11)]),
            ("returned error", ["returned"], [(1, 20)]),
            ("with extensions", ["withExtensions"], [(1, 29)]),
        ],
        ordered=False,
    ),
    Case(
        "an error that brings its path keeps it",
        "{ a located }",
        {"a": "Apple", "located": None},
        [("located elsewhere", ["some", "where"], [])],
    ),
    Case(
        "full response path is included for non-nullable fields",
        "{ deep { aliasedA: required { a } } }",
        {"deep": None},
        [("Cannot return null for non-nullable field Query.required.", ["deep", "aliasedA"], [(1, 10)])],
    ),
    Case("uses the inline operation if no operation name is provided", "{ a }", {"a": "Apple"}),
    Case("uses the only operation if no operation name is provided", "query Example { a }", {"a": "Apple"}),
    Case(
        "uses the named operation if operation name is provided",
        OPERATIONS,
        {"second": "Apple"},
        operation_name="OtherExample",
    ),
    Case(
        "provides error if no operation is provided",
        "fragment E on Query { a }",
        None,
        [("Fragment 'E' is never used.", None, [(1, 1)])],
    ),
    Case(
        "errors if no operation name is provided with multiple operations", OPERATIONS, None, [(NEEDS_NAME, None, [])]
    ),
    Case(
        "errors if unknown operation name is provided",
        OPERATIONS,
        None,
        [("Unknown operation named 'UnknownExample'.", None, [])],
        operation_name="UnknownExample",
    ),
    Case(
        "errors if empty string is provided as operation name",
        "{ a }",
        None,
        [("Unknown operation named ''.", None, [])],
        operation_name="",
    ),
    Case(
        "uses the mutation schema for mutations",
        OPERATIONS,
        {"value": "5"},
        operation_name="M",
        root=dict,
    ),
    Case(
        "resolves to an error if schema does not support operation",
        "subscription S { a }",
        None,
        [("The subscription operation is not supported by the schema.", None, [(1, 1)])],
    ),
    Case(
        "correct field ordering despite execution order",
        "{ deep { a } b required { b } a }",
        {"deep": {"a": "Apple"}, "b": "Banana", "required": {"b": "Banana"}, "a": "Apple"},
    ),
    Case(
        "avoids recursion",
        "{ a ...F } fragment F on Query { a ...F }",
        None,
        [("Cannot spread fragment 'F' within itself.", None, [(1, 36)])],
    ),
    Case(
        "ignores missing sub selections on fields",
        "{ deep }",
        None,
        [
            (
                "Field 'deep' of type 'Query' must have a selection of subfields. Did you mean 'deep { ... }'?",
                None,
                [(1, 3)],
            )
        ],
    ),
    Case(
        "reports errors raised during parsing",
        "fragment { a }",
        None,
        [("Syntax Error: Expected Name, found '{'.", None, [(1, 10)])],
    ),
    Case(
        "typename of root and below",
        "{ __typename deep { t: __typename } }",
        {"__typename": "Query", "deep": {"t": "Query"}},
    ),
    Case(
        "introspection beside data", '{ a __type(name: "Query") { name } }', {"a": "Apple", "__type": {"name": "Query"}}
    ),
    Case(
        "fragments on fragments",
        "{ ...A } fragment A on Query { ...B a } fragment B on Query { b ... { a } }",
        {"b": "Banana", "a": "Apple"},
    ),
]


@pytest.mark.parametrize("case", [Case(**{**vars(case), "root": Data}) for case in CASES], ids=name)
async def test_execution(case: Case) -> None:
    await check(SCHEMA, case)
