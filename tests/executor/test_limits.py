"""Each limit of a document, just below and just above; and documents that are small and would be large."""

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from executor import Core, Document, Documents, LimitExceeded, Limits


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema("directive @mark repeatable on FIELD | QUERY  type Query { q: Query a: Int b: Int }")


def document(schema: GraphQLSchema, source: str, limits: Limits) -> Document:
    return Documents(schema, Core(), limits=limits).get(source)


WITHIN = {
    # With and without fragments, and with one that is spread twice.
    "tokens": (10, ["{ a b a b a b a b }", "{ a # b a b a b\n}"]),
    "depth": (
        3,
        [
            "{ q { q { a } } }",
            "{ q { ...F } } fragment F on Query { q { a } }",
            "{ ... { q { ... on Query { q { a } } } } }",
            "query A { a } query B { q { q { a } } }",
        ],
    ),
    "root_fields": (
        3,
        ["{ a b c: q { a b } }", "{ a ...F } fragment F on Query { b q { a b } }", "{ a ... { b q { a } } }"],
    ),
    "fields": (
        4,
        ["{ a q { a b } }", "{ ...F q { ...F b } } fragment F on Query { a }", "{ q { a } ... { q { b } } }"],
    ),
    "aliases": (2, ["{ c: a d: b q { a } }", "{ ...F q { ...F } } fragment F on Query { c: a }"]),
    "directives": (
        2,
        [
            "{ a @mark @mark }",
            "query @mark { ... @skip(if: true) { a } }",
            "{ ...F q { ...F @skip(if: false) } } fragment F on Query { a }",
        ],
    ),
}
"""What is limited: the limit, and documents that have not more."""

BEYOND = {
    "tokens": ["{ a b a b a b a b a }"],
    "depth": ["{ q { q { q { a } } } }", "{ q { ...F } } fragment F on Query { q { q { a } } }"],
    "root_fields": ["{ a b c: a d: b }", "{ a ...F } fragment F on Query { b ...G } fragment G on Query { c: a d: b }"],
    "fields": ["{ a b q { a b } }", "{ ...F q { ...F } } fragment F on Query { a b }"],
    "aliases": ["{ c: a d: b e: a }", "{ ...F q { ...F q { ...F } } } fragment F on Query { c: a }"],
    "directives": ["{ a @mark @mark @mark }", "{ ...F q { ...F } } fragment F on Query { a @mark b @mark }"],
}


@pytest.mark.parametrize(("what", "source"), [(what, each) for what, (_, all_) in WITHIN.items() for each in all_])
def test_as_much_as_the_limit_is_answered(schema: GraphQLSchema, what: str, source: str) -> None:
    assert document(schema, source, Limits(**{what: WITHIN[what][0]})).errors == []


@pytest.mark.parametrize(("what", "source"), [(what, each) for what, all_ in BEYOND.items() for each in all_])
def test_more_is_refused_with_limit_and_actual(schema: GraphQLSchema, what: str, source: str) -> None:
    limit = WITHIN[what][0]
    [error] = document(schema, source, Limits(**{what: limit})).errors
    assert isinstance(error, LimitExceeded)
    assert (error.what, error.limit) == (what, limit)
    assert error.actual > limit
    assert f"up to {limit} " in error.message
    assert what == "tokens" or f"this has {error.actual}." in error.message


def test_all_that_is_too_large_is_said_at_once(schema: GraphQLSchema) -> None:
    errors = document(schema, "{ c: q { d: a } }", Limits(depth=1, aliases=1, fields=5)).errors
    assert [each.what for each in errors if isinstance(each, LimitExceeded)] == ["depth", "aliases"]


def doubling(times: int, last: str = "a") -> str:
    """A fragment that has one twice, that has one twice, ..."""
    each = (f"fragment F{n} on Query {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(times))
    return " ".join(["{ ...F0 }", *each, f"fragment F{times} on Query {{ {last} }}"])


def test_what_fragments_make_of_a_short_document_is_counted_and_not_walked_through(schema: GraphQLSchema) -> None:
    [error] = document(schema, doubling(10), Limits(fields=1_000)).errors
    assert isinstance(error, LimitExceeded)
    assert error.actual == 1_024
    assert document(schema, doubling(9), Limits(fields=1_000)).errors == []
    [error] = document(schema, doubling(300), Limits(fields=1_000)).errors
    assert isinstance(error, LimitExceeded)
    assert error.actual == 1_000_000_000


@pytest.mark.parametrize("length", [1, 2, 700])
def test_fragments_in_a_circle_are_said_to_be_that(schema: GraphQLSchema, length: int) -> None:
    circle = " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % length} }}" for n in range(length))
    errors = document(schema, "{ ...F0 } " + circle, Limits(fields=100, depth=10)).errors
    assert errors
    assert "within itself" in errors[0].message or "aborted" in errors[0].message


@pytest.mark.parametrize(("first", "nested"), [("", "{ q "), ("", "{ ... "), ("{ a(x: ", "["), ("{ a(x: ", "{ x: ")])
def test_what_is_nested_deeply_is_refused_by_the_parser(schema: GraphQLSchema, first: str, nested: str) -> None:
    [error] = document(schema, first + nested * 400, Limits()).errors
    assert "nested too deeply" in error.message


def test_fields_of_one_name_are_not_compared_without_end(schema: GraphQLSchema) -> None:
    """graphql-core compares each pair of them, and gives up after seconds: what it would still do here is too much already."""
    repeated = "{ " + "q { a } " * 250 + "}"
    assert [each.message for each in document(schema, repeated, Limits()).errors] == ["Validation aborted."]
    assert validate(schema, parse(repeated)) == []
    assert document(schema, "{ " + "q { a b } " * 60 + "}", Limits()).errors == []
