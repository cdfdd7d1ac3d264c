"""Variables and arguments. Follows graphql-core's tests/execution/test_variables.py and test_oneof.py."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    extend_schema,
    parse,
)

from tests.executor.specification.cases import Case, check, name


def _complex(value: Any) -> str:
    if value != "SerializedValue":
        raise ValueError("not the serialized value")
    return "DeserializedValue"


def _schema() -> GraphQLSchema:
    types = [
        GraphQLScalarType("Complex", parse_value=_complex),
        GraphQLEnumType("Enum", {"NULL": None, "FALSE": False, "CUSTOM": "custom value"}),
    ]
    schema = extend_schema(
        GraphQLSchema(types=types),
        parse("""
          schema { query: Query }
          input Input { a: String, b: [String], c: String!, d: Complex }
          input Nested { na: Input!, nb: String! }
          input OneOf @oneOf { a: String, b: Int }
          type Query {
            enum(input: Enum): String
            enumRequired(input: Enum!): String
            object(input: Input): String
            nested(input: Nested): String
            string(input: String): String
            stringRequired(input: String!): String
            withDefault(input: String = "Hello World"): String
            requiredWithDefault(input: String! = "Hello World"): String
            list(input: [String]): String
            nnList(input: [String]!): String
            listNN(input: [String!]): String
            nnListNN(input: [String!]!): String
            oneOf(input: OneOf!): String
          }
        """),
    )

    def shown(_source: Any, _info: GraphQLResolveInfo[Any], **arguments: Any) -> str | None:
        return repr(arguments["input"]) if "input" in arguments else None

    assert isinstance(schema.query_type, GraphQLObjectType)
    for field in schema.query_type.fields.values():
        field.resolve = shown
    return schema


SCHEMA = _schema()
LISTS = {"list": "[String]", "nnList": "[String]!", "listNN": "[String!]", "nnListNN": "[String!]!"}


def _literal(case_name: str, field: str, literal: str | None, shown: str | None) -> Case:
    argument = "" if literal is None else f"(input: {literal})"
    return Case(case_name, f"{{ {field}{argument} }}", {field: shown})


def _variable(case_name: str, field: str, declared: str, variables: dict[str, Any], shown: str | None) -> Case:
    return Case(case_name, f"query ($i: {declared}) {{ {field}(input: $i) }}", {field: shown}, (), variables)


def _refused(case_name: str, field: str, declared: str, variables: dict[str, Any], *messages: str) -> Case:
    errors = [(f"Variable '$i' has invalid value{message}", None, [(1, 8)]) for message in messages]
    return Case(case_name, f"query ($i: {declared}) {{ {field}(input: $i) }}", None, errors, variables)


ONE_OF = (
    "Within OneOf Input Object type 'OneOf', exactly one field must be specified, and the value for that field must be"
    " non-null."
)
NOT_NULL = ": Expected value of non-null type '{}' not to be None."
FOO = {"a": "foo", "b": ["bar"], "c": "baz"}
CASES = [
    # using inline structs
    _literal("executes with complex input", "object", '{a: "foo", b: ["bar"], c: "baz"}', repr(FOO)),
    _literal("properly parses single value to list", "object", '{a: "foo", b: "bar", c: "baz"}', repr(FOO)),
    _literal(
        "properly parses null value to null",
        "object",
        '{a: null, b: null, c: "C", d: null}',
        "{'a': None, 'b': None, 'c': 'C', 'd': None}",
    ),
    _literal(
        "properly parses null value in list", "object", '{b: ["A", null], c: "C"}', "{'b': ['A', None], 'c': 'C'}"
    ),
    _literal(
        "properly runs parse literal on complex scalar types",
        "object",
        '{c: "foo", d: "SerializedValue"}',
        "{'c': 'foo', 'd': 'DeserializedValue'}",
    ),
    # using variables
    _variable("executes with complex input", "object", "Input", {"i": FOO}, repr(FOO)),
    _variable("uses undefined when variable not provided", "string", "String", {}, None),
    _variable("uses null when variable provided explicit null value", "string", "String", {"i": None}, "None"),
    _variable(
        "uses default value when not provided", "object", 'Input = {a: "foo", b: ["bar"], c: "baz"}', {}, repr(FOO)
    ),
    _variable("does not use default value when provided", "string", 'String = "Default"', {"i": "Given"}, "'Given'"),
    _variable("uses explicit null value instead of default value", "string", 'String = "Default"', {"i": None}, "None"),
    _variable("uses null default value when not provided", "string", "String = null", {}, "None"),
    _variable("properly parses single value to list", "object", "Input", {"i": {**FOO, "b": "bar"}}, repr(FOO)),
    _variable(
        "executes with complex scalar input",
        "object",
        "Input",
        {"i": {"c": "foo", "d": "SerializedValue"}},
        "{'c': 'foo', 'd': 'DeserializedValue'}",
    ),
    _refused(
        "errors on null for nested non-null",
        "object",
        "Input",
        {"i": {"c": None}},
        " at .c: Expected value of non-null type 'String!' not to be None.",
    ),
    _refused(
        "errors on incorrect type",
        "object",
        "Input",
        {"i": "foo bar"},
        ": Expected value of type 'Input' to be an object, found: 'foo bar'.",
    ),
    # custom enum values
    _literal("allows custom enum values: custom", "enum", "CUSTOM", "'custom value'"),
    _literal("allows custom enum values: false", "enum", "FALSE", "False"),
    _literal("allows custom enum values: null", "enum", "NULL", "None"),
    _literal("allows non-nullable inputs to have null as enum custom value", "enumRequired", "NULL", "None"),
    _variable("allows custom enum values in variables", "enum", "Enum", {"i": "CUSTOM"}, "'custom value'"),
    # nullable scalars
    _literal("allows nullable inputs to be omitted", "string", None, None),
    _variable("allows nullable inputs to be set to a value in a variable", "string", "String", {"i": "a"}, "'a'"),
    _literal("allows nullable inputs to be set to a value directly", "string", '"a"', "'a'"),
    # non-nullable scalars
    _variable(
        "allows non-nullable variable to be omitted given a default", "stringRequired", 'String! = "x"', {}, "'x'"
    ),
    _refused(
        "does not allow non-nullable inputs to be omitted in a variable",
        "stringRequired",
        "String!",
        {},
        ": Expected a value of non-null type 'String!' to be provided.",
    ),
    _refused(
        "does not allow non-nullable inputs to be set to null",
        "stringRequired",
        "String!",
        {"i": None},
        NOT_NULL.format("String!"),
    ),
    _variable(
        "allows non-nullable inputs to be set to a value in a variable", "stringRequired", "String!", {"i": "a"}, "'a'"
    ),
    _refused(
        "reports error for array passed into string input",
        "stringRequired",
        "String!",
        {"i": [1]},
        ": String cannot represent a non string value: [1]",
    ),
    # lists and nullability
    *(
        _variable(f"allows lists to contain values: {field}", field, declared, {"i": ["A"]}, "['A']")
        for field, declared in LISTS.items()
    ),
    *(
        _variable(f"allows lists to contain null: {field}", field, declared, {"i": ["A", None]}, "['A', None]")
        for field, declared in LISTS.items()
        if "String!" not in declared
    ),
    *(
        _refused(
            f"does not allow lists of non-nulls to contain null: {field}",
            field,
            declared,
            {"i": ["A", None]},
            " at [1]" + NOT_NULL.format("String!"),
        )
        for field, declared in LISTS.items()
        if "String!" in declared
    ),
    *(
        _variable(f"allows lists to be null: {field}", field, declared, {"i": None}, "None")
        for field, declared in LISTS.items()
        if not declared.endswith("]!")
    ),
    *(
        _refused(
            f"does not allow non-null lists to be null: {field}",
            field,
            declared,
            {"i": None},
            NOT_NULL.format(declared),
        )
        for field, declared in LISTS.items()
        if declared.endswith("]!")
    ),
    # argument default values
    _literal("argument default when no argument provided", "withDefault", None, "'Hello World'"),
    _variable("argument default when omitted variable provided", "withDefault", "String", {}, "'Hello World'"),
    _literal("argument default not for an explicit null", "withDefault", "null", "None"),
    _variable("argument default not for a null variable", "withDefault", "String", {"i": None}, "None"),
    _variable(
        "when no runtime value is provided to a non-null argument", "requiredWithDefault", "String", {}, "'Hello World'"
    ),
    # oneOf
    _literal("oneOf: a literal", "oneOf", '{a: "x"}', "{'a': 'x'}"),
    _variable("oneOf: a variable", "oneOf", "OneOf!", {"i": {"b": 1}}, "{'b': 1}"),
    _refused(
        "oneOf: two fields",
        "oneOf",
        "OneOf!",
        {"i": {"a": "x", "b": 1}},
        ": " + ONE_OF,
    ),
    _refused(
        "oneOf: null",
        "oneOf",
        "OneOf!",
        {"i": {"a": None}},
        " at .a: " + ONE_OF,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=name)
async def test_variables(case: Case) -> None:
    await check(SCHEMA, case)
