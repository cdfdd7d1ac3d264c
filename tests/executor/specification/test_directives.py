"""@skip and @include. Follows graphql-core's tests/execution/test_directives.py."""

import pytest
from graphql import build_schema

from tests.executor.specification.cases import Case, check, name

SCHEMA = build_schema("type Query { a: String, b: String, nest: Query }")


def root() -> dict[str, object]:
    return {"a": "a", "b": "b", "nest": {"a": "nested"}}


BOTH, A, B = {"a": "a", "b": "b"}, {"a": "a"}, {"b": "b"}
NEEDS_VALUE = "Expected variable '$v' provided to non-null type 'Boolean!' not to be None."

CASES = [
    Case("works without directives: basic query", "{ a, b }", BOTH),
    *(
        Case(
            f"works on {where}: {directive} {condition}",
            template % f"@{directive}(if: {condition})",
            BOTH if kept else A,
        )
        for where, template in (
            ("scalars", "{ a, b %s }"),
            ("fragment spreads", "{ a, ...F %s } fragment F on Query { b }"),
            ("inline fragment", "{ a, ... on Query %s { b } }"),
            ("anonymous inline fragment", "{ a, ... %s { b } }"),
        )
        for directive, condition, kept in (
            ("include", "true", True),
            ("include", "false", False),
            ("skip", "false", True),
            ("skip", "true", False),
        )
    ),
    *(
        Case(
            f"works with skip and include directives: {skip} {include}",
            f"{{ a, b @include(if: {include}) @skip(if: {skip}) }}",
            BOTH if include == "true" and skip == "false" else A,
        )
        for skip in ("true", "false")
        for include in ("true", "false")
    ),
    *(
        Case(
            f"variables decide for each request: {value}",
            "query ($v: Boolean!) { a @skip(if: $v) b @include(if: $v) ...F } fragment F on Query { nest { a @skip(if: $v) } }",
            {**(B if value else A), "nest": {} if value else {"a": "nested"}},
            variables={"v": value},
        )
        for value in (True, False, True)
    ),
    Case("a default decides", "query ($v: Boolean = false) { a b @include(if: $v) }", A),
    Case("a field that is left out once and kept once is kept", "{ a @skip(if: true) b a }", {"b": "b", "a": "a"}),
    Case("nothing is left", "{ a @skip(if: true) nest { a @include(if: false) } }", {"nest": {}}),
    Case(
        "null instead of the default: at the root",
        "query ($v: Boolean = false) { a b @skip(if: $v) }",
        None,
        [(f"Argument 'if' has invalid value: {NEEDS_VALUE}", None, [(1, 45)])],
        {"v": None},
    ),
    Case(
        "null instead of the default: below",
        "query ($v: Boolean = false) { a nest { a @skip(if: $v) } }",
        {"a": "a", "nest": None},
        [(f"Argument 'if' has invalid value: {NEEDS_VALUE}", ["nest"], [(1, 52)])],
        {"v": None},
    ),
]


@pytest.mark.parametrize("case", [Case(**{**vars(case), "root": root}) for case in CASES], ids=name)
async def test_directives(case: Case) -> None:
    await check(SCHEMA, case)
