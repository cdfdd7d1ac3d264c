"""Null propagation. Follows graphql-core's tests/execution/test_nonnull.py and test_error_propagation.py."""

from typing import Any

import pytest
from graphql import build_schema

from tests.executor.specification.cases import Case, check, name

SCHEMA = build_schema("""
  type Query {
    sync: String, syncNonNull: String!, promise: String, promiseNonNull: String!
    syncNest: Query, syncNonNullNest: Query!, promiseNest: Query, promiseNonNullNest: Query!
    withArg(cannotBeNull: String!): String
  }
""")


class Nulling:
    """Leaves are null, at once or later."""

    def sync(self, info: Any) -> Any:
        return None

    async def promise(self, info: Any) -> Any:
        return self.sync(info)

    def syncNest(self, info: Any) -> Any:
        return self

    async def promiseNest(self, info: Any) -> Any:
        return self

    def withArg(self, info: Any, cannotBeNull: Any) -> str:  # noqa: N803  # the argument's name
        return f"Passed: {cannotBeNull}"

    syncNonNull, promiseNonNull = sync, promise  # noqa: N815
    syncNonNullNest, promiseNonNullNest = syncNest, promiseNest  # noqa: N815


class Throwing(Nulling):
    """Leaves fail."""

    def sync(self, info: Any) -> Any:
        raise RuntimeError(info.field_name)

    async def promise(self, info: Any) -> Any:
        raise RuntimeError(info.field_name)

    syncNonNull, promiseNonNull = sync, promise  # noqa: N815


def null(field: str) -> str:
    return f"Cannot return null for non-nullable field Query.{field}."


CHAIN = "{ syncNest { syncNonNullNest { promiseNonNullNest { syncNonNullNest { %s } } } } other: promiseNest { sync } }"
CHAIN_PATH = ["syncNest", "syncNonNullNest", "promiseNonNullNest", "syncNonNullNest"]

PASSED = {"withArg": "Passed: literal"}

CASES = [
    Case("nulls a nullable field: returns null", "{ sync promise }", {"sync": None, "promise": None}, root=Nulling),
    Case(
        "nulls a nullable field: throws",
        "{ sync promise }",
        {"sync": None, "promise": None},
        [("sync", ["sync"], [(1, 3)]), ("promise", ["promise"], [(1, 8)])],
        root=Throwing,
    ),
    *(
        Case(
            f"nulls an object that contains a non-null field: {nest}, {leaf}, {root.__name__}",
            f"{{ {nest} {{ {leaf} }} }}",
            {nest: None},
            [(leaf if root is Throwing else null(leaf), [nest, leaf], [(1, len(nest) + 6)])],
            root=root,
        )
        for nest in ("syncNest", "promiseNest")
        for leaf in ("syncNonNull", "promiseNonNull")
        for root in (Nulling, Throwing)
    ),
    Case(
        "nulls a complex tree of nullable fields, each",
        "{ syncNest { sync promise promiseNest { sync } } promiseNest { sync syncNest { promise } } }",
        {
            "syncNest": {"sync": None, "promise": None, "promiseNest": {"sync": None}},
            "promiseNest": {"sync": None, "syncNest": {"promise": None}},
        },
        [
            ("sync", ["syncNest", "sync"], [(1, 14)]),
            ("promise", ["syncNest", "promise"], [(1, 19)]),
            ("sync", ["syncNest", "promiseNest", "sync"], [(1, 41)]),
            ("sync", ["promiseNest", "sync"], [(1, 64)]),
            ("promise", ["promiseNest", "syncNest", "promise"], [(1, 80)]),
        ],
        root=Throwing,
        ordered=False,
    ),
    *(
        Case(
            f"nulls the first nullable object after a long chain of non-null ones: {leaf}",
            CHAIN % leaf,
            {"syncNest": None, "other": {"sync": None}},
            [(null(leaf), [*CHAIN_PATH, leaf], [(1, 71)])],
            root=Nulling,
        )
        for leaf in ("syncNonNull", "promiseNonNull")
    ),
    *(
        Case(
            f"nulls the top level if non-nullable: {leaf}, {root.__name__}",
            f"{{ sync: syncNest {{ syncNest {{ __typename }} }} {leaf} }}",
            None,
            [(leaf if root is Throwing else null(leaf), [leaf], [(1, 46)])],
            root=root,
        )
        for leaf in ("syncNonNull", "promiseNonNull")
        for root in (Nulling, Throwing)
    ),
    Case(
        "propagates from the deepest to the top",
        "{ syncNonNullNest { promiseNonNullNest { syncNonNull } } }",
        None,
        [(null("syncNonNull"), ["syncNonNullNest", "promiseNonNullNest", "syncNonNull"], [(1, 42)])],
        root=Nulling,
    ),
    Case(
        "an error before the one that nulls its parent is kept",
        "{ syncNest { sync syncNonNull } }",
        {"syncNest": None},
        [("sync", ["syncNest", "sync"], [(1, 14)]), ("syncNonNull", ["syncNest", "syncNonNull"], [(1, 19)])],
        root=Throwing,
    ),
    Case(
        "nothing after the field that nulls its parent is executed",
        "{ syncNest { syncNonNull sync } }",
        {"syncNest": None},
        [("syncNonNull", ["syncNest", "syncNonNull"], [(1, 14)])],
        root=Throwing,
    ),
    Case(
        "merged fields: all places are reported",
        "{ syncNest { sync } ... { syncNest { sync } } }",
        {"syncNest": {"sync": None}},
        [("sync", ["syncNest", "sync"], [(1, 14), (1, 38)])],
        root=Throwing,
    ),
    *(
        Case(
            f"succeeds when the non-null arg is given: {how}",
            query,
            {"withArg": "Passed: literal"},
            (),
            variables,
            root=Nulling,
        )
        for how, query, variables in (
            ("literal", '{ withArg(cannotBeNull: "literal") }', {}),
            ("variable", "query ($v: String!) { withArg(cannotBeNull: $v) }", {"v": "literal"}),
            ("default", 'query ($v: String = "literal") { withArg(cannotBeNull: $v) }', {}),
        )
    ),
    Case(
        "field error when the variable for a non-null arg is explicitly null",
        'query ($v: String = "literal") { sync withArg(cannotBeNull: $v) }',
        {"sync": None, "withArg": None},
        [
            (
                "Argument 'cannotBeNull' has invalid value: Expected variable '$v' provided to"
                " non-null type 'String!' not to be None.",
                ["withArg"],
                [(1, 61)],
            )
        ],
        {"v": None},
        root=Nulling,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=name)
async def test_nonnull(case: Case) -> None:
    await check(SCHEMA, case)
