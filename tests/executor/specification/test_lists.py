"""Lists. Follows graphql-core's tests/execution/test_lists.py."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from graphql import build_schema

from tests.executor.specification.cases import Case, Expected, check, name

NULL: Expected = ("Cannot return null for non-nullable field Query.listField.", ["listField"], [(1, 3)])
NULL_ITEM: Expected = (NULL[0], ["listField", 1], [(1, 3)])
BAD: Expected = ("bad", ["listField"], [(1, 3)])
BAD_ITEM: Expected = ("bad", ["listField", 1], [(1, 3)])

ITEM: Expected = ("Int cannot represent non-integer value: 'x'", ["listField", 0], [(1, 3)])


async def later(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def generator() -> Iterator[Any]:
    yield from ("one", 2, True)


async def stream(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        if isinstance(value, KeyError):
            raise RuntimeError("bad")
        yield value


def failing(*values: Any) -> Iterator[Any]:
    yield from values
    raise RuntimeError("bad")


class Custom:
    def __iter__(self) -> Iterator[str]:
        return iter(("hello", "world"))


async def _check(case_name: str, type_: str, value: Callable[[], Any], data: Any, errors: list[Expected]) -> None:
    schema = build_schema(f"type Query {{ listField: {type_} }}")
    data = None if data is Ellipsis else {"listField": data}
    await check(schema, Case(case_name, "{ listField }", data, errors, root=lambda: {"listField": value()}))


NOT_ITERABLE: Expected = (
    "Expected Iterable, but did not find one for field 'Query.listField'.",
    ["listField"],
    [(1, 3)],
)


@pytest.mark.parametrize(
    ("value", "data", "errors"),
    [
        pytest.param(lambda: [], [], [], id="accepts an empty list"),
        pytest.param(lambda: ["apple", "banana"], ["apple", "banana"], [], id="accepts a list"),
        pytest.param(lambda: ("apple", "banana"), ["apple", "banana"], [], id="accepts a tuple"),
        pytest.param(lambda: {"apple"}, ["apple"], [], id="accepts a set"),
        pytest.param(generator, ["one", "2", "true"], [], id="accepts a generator"),
        pytest.param(Custom, ["hello", "world"], [], id="accepts a custom iterable"),
        pytest.param(lambda: {1: "one"}, None, [NOT_ITERABLE], id="does not accept a dict"),
        pytest.param(lambda: "Singular", None, [NOT_ITERABLE], id="does not accept a string"),
        pytest.param(lambda: 5, None, [NOT_ITERABLE], id="does not accept a number"),
        pytest.param(lambda: stream("two", 4, False), ["two", "4", "false"], [], id="accepts an async generator"),
        pytest.param(lambda: stream("two", KeyError()), None, [BAD], id="handles an async generator that throws"),
        pytest.param(stream, [], [], id="accepts an async generator without values"),
        pytest.param(
            lambda: stream("two", {}, 4),
            ["two", None, "4"],
            [("String cannot represent value: {}", ["listField", 1], [(1, 3)])],
            id="handles an async generator with a value that triggers an error",
        ),
        pytest.param(
            lambda: stream(later("a"), later(RuntimeError("bad")), "c"),
            ["a", None, "c"],
            [BAD_ITEM],
            id="handles awaitables in an async generator",
        ),
    ],
)
async def test_what_is_a_list(value: Callable[[], Any], data: Any, errors: list[Expected]) -> None:
    await _check("list", "[String]", value, data, errors)


@pytest.mark.parametrize(
    ("type_", "value", "errors"),
    [
        pytest.param("[Int]", lambda: failing(1, 2), [BAD], id="nulls the list"),
        pytest.param("[Int]", lambda: failing("x"), [ITEM, BAD], id="keeps the errors of items before"),
        pytest.param("[Int!]", lambda: failing("x"), [ITEM], id="is not read on after an item that nulls the list"),
        pytest.param("[Int]", lambda: failing(later(1)), [BAD], id="leaves no awaitable unawaited"),
        pytest.param(
            "[[Int!]!]",
            lambda: failing([1], failing()),
            [("bad", ["listField", 1], [(1, 3)])],
            id="within one that fails, too",
        ),
    ],
)
async def test_an_iterator_that_fails(type_: str, value: Callable[[], Any], errors: list[Expected]) -> None:
    await _check("failing", type_, value, None, errors)
    gc.collect()  # what was not awaited is found here, and not in a later test


NULLABILITY: list[tuple[str, list[Any] | Exception | None, tuple[tuple[Any, list[Expected]], ...]]] = [
    # what is in the list; data and errors for [Int], [Int]!, [Int!] and [Int!]!, where ... is no data at all
    ("contains values", [1, 2], (([1, 2], []), ([1, 2], []), ([1, 2], []), ([1, 2], []))),
    (
        "contains null",
        [1, None, 2],
        (([1, None, 2], []), ([1, None, 2], []), (None, [NULL_ITEM]), (..., [NULL_ITEM])),
    ),
    ("returns null", None, ((None, []), (..., [NULL]), (None, []), (..., [NULL]))),
    (
        "contains error",
        [1, RuntimeError("bad"), 2],
        (([1, None, 2], [BAD_ITEM]), ([1, None, 2], [BAD_ITEM]), (None, [BAD_ITEM]), (..., [BAD_ITEM])),
    ),
    ("results in error", RuntimeError("bad"), ((None, [BAD]), (..., [BAD]), (None, [BAD]), (..., [BAD]))),
]
WAYS: dict[str, Callable[[Any], Any]] = {
    "at once": lambda value: value,
    "awaited": later,
    "items awaited": lambda value: [later(item) for item in value] if isinstance(value, list) else value,
    "all awaited": lambda value: later([later(item) for item in value]) if isinstance(value, list) else later(value),
    "streamed": lambda value: stream(*value) if isinstance(value, list) else value,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("content", "value", "expected"), NULLABILITY, ids=[row[0] for row in NULLABILITY])
@pytest.mark.parametrize("type_", ["[Int]", "[Int]!", "[Int!]", "[Int!]!"])
async def test_nullability(
    content: str, value: Any, expected: tuple[tuple[Any, list[Expected]], ...], type_: str, way: str
) -> None:
    data, errors = expected[["[Int]", "[Int]!", "[Int!]", "[Int!]!"].index(type_)]
    await _check(content, type_, lambda: WAYS[way](value), data, errors)


OF_LISTS = [
    Case("lists of lists", "{ l }", {"l": [["1", None], None, []]}, root=lambda: {"l": [[1, None], None, []]}),
    Case(
        "an item of an inner list nulls that list",
        "{ strict }",
        {"strict": [None, ["2"]]},
        [("Cannot return null for non-nullable field Query.strict.", ["strict", 0, 1], [(1, 3)])],
        root=lambda: {"strict": [[1, None], [2]]},
    ),
    Case(
        "an inner list nulls the outer one",
        "{ stricter l }",
        {"stricter": None, "l": None},
        [("Cannot return null for non-nullable field Query.stricter.", ["stricter", 1, 0], [(1, 3)])],
        root=lambda: {"stricter": [[1], [None], [None]]},
    ),
]


@pytest.mark.parametrize("case", OF_LISTS, ids=name)
async def test_lists_of_lists(case: Case) -> None:
    await check(build_schema("type Query { l: [[String]] strict: [[String!]] stricter: [[String!]!] }"), case)
