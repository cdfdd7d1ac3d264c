"""Mutations in series. Follows graphql-core's tests/execution/test_mutations.py."""

import asyncio
from typing import Any

import pytest
from graphql import build_schema

from tests.executor.specification.cases import Case, check, name

SCHEMA = build_schema("""
  type Query { theNumber: Int }
  type Holder { theNumber: Int, later: Int }
  type Mutation { change(to: Int): Holder, promise(to: Int): Holder, fail(to: Int): Holder, failLater(to: Int): Holder!, }
""")


class Root:
    """Holds a number, and is its own holder."""

    number = 0

    def theNumber(self, _info: Any) -> int:
        return self.number

    async def later(self, _info: Any) -> int:
        await asyncio.sleep(0)
        return self.number

    def change(self, _info: Any, to: int) -> "Root":
        self.number = to
        return self

    async def promise(self, _info: Any, to: int) -> "Root":
        await asyncio.sleep(0)
        self.number = to
        return self

    def fail(self, _info: Any, to: int) -> None:
        raise RuntimeError(f"Cannot change the number to {to}")

    async def failLater(self, _info: Any, to: int) -> None:
        await asyncio.sleep(0)
        self.fail(_info, to)


CASES = [
    Case(
        "evaluates mutations serially",
        "mutation { a: change(to: 1) { theNumber later } b: promise(to: 2) { later theNumber }"
        " c: change(to: 3) { later } d: promise(to: 4) { theNumber } }",
        {
            "a": {"theNumber": 1, "later": 1},
            "b": {"later": 2, "theNumber": 2},
            "c": {"later": 3},
            "d": {"theNumber": 4},
        },
    ),
    Case(
        "does not include illegal mutation fields in output",
        "mutation { thisIsIllegal }",
        None,
        [("Cannot query field 'thisIsIllegal' on type 'Mutation'.", None, [(1, 12)])],
    ),
    Case(
        "evaluates mutations correctly in presence of a failed mutation",
        "mutation { a: fail(to: 1) { theNumber } b: promise(to: 2) { later } }",
        {"a": None, "b": {"later": 2}},
        [("Cannot change the number to 1", ["a"], [(1, 12)])],
    ),
    Case(
        "stops after one that may not fail",
        "mutation { a: fail(to: 1) { later } b: failLater(to: 2) { later } c: fail(to: 3) { later } }",
        None,
        [("Cannot change the number to 1", ["a"], [(1, 12)]), ("Cannot change the number to 2", ["b"], [(1, 37)])],
    ),
    Case(
        "mutation inside of a fragment",
        "mutation { ...F b: change(to: 2) { later } } fragment F on Mutation { a: promise(to: 1) { later } }",
        {"a": {"later": 1}, "b": {"later": 2}},
    ),
    Case(
        "merged mutations are run once, where the first is",
        "mutation { a: change(to: 1) { theNumber } b: change(to: 2) { later } a: change(to: 1) { later } }",
        {"a": {"theNumber": 1, "later": 1}, "b": {"later": 2}},
    ),
]


@pytest.mark.parametrize("case", [Case(**{**vars(case), "root": Root}) for case in CASES], ids=name)
async def test_mutations(case: Case) -> None:
    await check(SCHEMA, case)
