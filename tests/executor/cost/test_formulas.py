"""What operations cost, in numbers that can be counted by hand."""

from typing import Any

import pytest
import strawberry

from executor import Engine, StrawberryDialect
from executor.cost import Cost, ListSize, Sum, Weights


def sized(**arguments: Any) -> ListSize:
    return ListSize(require_one_slicing_argument=False, **arguments)


PAGED = sized(assumed_size=20, slicing_arguments=["first", "last"], sized_fields=["edges"])


@strawberry.interface
class Thing:
    id: strawberry.ID


@strawberry.type
class Author(Thing):
    name: str
    rank: int = strawberry.field(directives=[Cost(weight="3")])


@strawberry.input
class Terms:
    text: str | None = strawberry.field(default=None, directives=[Cost(weight="100")])
    year: int | None = None


@strawberry.input
class Filter:
    terms: Terms | None = None
    any_of: list[Terms] | None = None


@strawberry.type(directives=[Cost(weight="2")])
class Book(Thing):
    title: str
    author: Author
    readers: list[Author] = strawberry.field(directives=[sized(assumed_size=5)])
    unsized: list[Author]


@strawberry.type(directives=[Cost(weight="0")])
class Edge:
    node: Book = strawberry.field(directives=[Cost(weight="0")])


@strawberry.type(directives=[Cost(weight="0")])
class Books:
    edges: list[Edge] = strawberry.field(directives=[Cost(weight="0")])
    total: int = strawberry.field(directives=[Cost(weight="10")])


def books(first: int | None = None, last: int | None = None, filter: Filter | None = None) -> Any:
    """Costs are known before it is called."""


@strawberry.type
class Query:
    books: Books = strawberry.field(resolver=books, directives=[PAGED])
    things: list[Thing]


SCHEMA = strawberry.Schema(Query, types=[Author, Book])
ENGINE = Engine(
    SCHEMA._schema, StrawberryDialect(SCHEMA), weights=Weights(SCHEMA._schema, page=20, largest=100, unsized=10)
)


def cost(document: str, **variables: Any) -> Sum:
    found = ENGINE.documents.get(document)
    assert not found.errors
    return ENGINE.cost(found.operation(None), variables)


EDGES = "edges { node { title author { name } } }"
# A book weighs 2, its author 1, and so does asking for the author; the root type and `books` are 1 each.


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ __typename }", Sum(1, 0)),
        ("{ books { total } }", Sum(1, 11)),
        ("{ books { edges { node { title } } } }", Sum(1 + 20 * 2, 1)),
        (f"{{ books(first: 7) {{ {EDGES} }} }}", Sum(1 + 7 * 3, 1 + 7)),
        (f"{{ books(last: 7) {{ {EDGES} }} }}", Sum(1 + 7 * 3, 1 + 7)),
        (f"{{ books(first: 3, last: 7) {{ {EDGES} }} }}", Sum(1 + 7 * 3, 1 + 7)),
        (f"{{ books(first: 0) {{ {EDGES} }} }}", Sum(1, 1)),
        # Refused by who answers: it costs no more than what would not be.
        (f"{{ books(first: 101) {{ {EDGES} }} }}", Sum(1 + 100 * 3, 1 + 100)),
        (f"{{ books(first: -5) {{ {EDGES} }} }}", Sum(1, 1)),
        (f"{{ books(first: null) {{ {EDGES} }} }}", Sum(1 + 20 * 3, 1 + 20)),
        ("{ books(first: 2) { edges { node { readers { name } } } } }", Sum(1 + 2 * (2 + 5), 1 + 2)),
        ("{ books(first: 2) { edges { node { readers { rank } } } } }", Sum(1 + 2 * (2 + 5), 1 + 2 * (1 + 5 * 3))),
        ("{ books(first: 2) { edges { node { unsized { name } } } } }", Sum(1 + 2 * (2 + 10), 1 + 2)),
        # Merged fields run once; those of other names do not.
        (
            "{ books(first: 2) { edges { node { author { name } author { id } } } ...F } } "
            "fragment F on Books { edges { node { author { rank } } } total }",
            Sum(1 + 2 * 3, 1 + 10 + 2 * (1 + 3)),
        ),
        ("{ books(first: 2) { edges { node { a: author { id } b: author { id } } } } }", Sum(1 + 2 * 4, 1 + 2 * 2)),
        # Of an interface's types the one that costs most: a book and its author, and not what authors have besides.
        (
            "{ things { id ... on Book { author { name } } ... on Author { id } } }",
            Sum(1 + 10 * (2 + 1), 1 + 10 * 1),
        ),
        ("{ things { id ... on Thing { ... on Author { rank rank } } } }", Sum(1 + 10 * 1, 1 + 10 * 3)),
        ("{ __schema { types { name } } }", Sum(1, 200)),
        ('{ books(first: 0, filter: {terms: {text: "a", year: 1}}) { total } }', Sum(1, 111)),
        ("{ books(first: 0, filter: {terms: {text: null, year: 1}}) { total } }", Sum(1, 11)),
        ('{ books(first: 0, filter: {anyOf: [{text: "a"}, {year: 1}, {text: "b"}]}) { total } }', Sum(1, 211)),
    ],
)
def test_without_variables(document: str, expected: Sum) -> None:
    assert cost(document) == expected


def test_sizes_in_variables() -> None:
    document = (
        f"query ($n: Int, $m: Int = 4) {{ a: books(first: $n) {{ {EDGES} }} b: books(last: $m) {{ total {EDGES} }} }}"
    )

    def expected(n: int, m: int) -> Sum:
        return Sum(1 + 3 * (n + m), 2 + 10 + n + m)

    assert cost(document, n=7) == expected(7, 4)
    assert cost(document, n=7, m=9) == expected(7, 9)
    assert cost(document) == expected(20, 4)
    assert cost(document, n=None, m=None) == expected(20, 20)
    assert cost(document, n=50.0) == expected(50, 4)
    assert cost(document, n=1_000) == expected(100, 4)
    assert cost(document, n=-1) == expected(0, 4)
    # No numbers: refused when they are coerced.
    assert cost(document, n="50", m=[1]) == expected(20, 20)


def test_inputs_in_variables() -> None:
    whole = "query ($f: Filter) { books(first: 0, filter: $f) { total } }"
    parts = "query ($t: Terms, $s: String) { books(first: 0, filter: { terms: $t, anyOf: [{ text: $s }] }) { total } }"
    assert cost(whole, f={"terms": {"text": "a"}, "anyOf": [{"text": "b"}, {}]}).field == 211
    assert cost(whole, f=None).field == 11
    assert cost(whole, f="no object").field == 11
    assert cost(parts, t={"text": "a"}, s="b").field == 211
    assert cost(parts, t={"year": 1}, s=None).field == 11


def test_of_types_that_depend_on_variables_the_one_that_costs_most() -> None:
    document = (
        "query ($n: Int) { things { ... on Book { author { name } } ... on Author { id } } books(first: $n) { total } }"
    )
    assert cost(document, n=1) == cost(document, n=2) == Sum(1 + 10 * 3, 1 + 10 + 11)


def test_a_document_is_looked_at_once() -> None:
    operation = ENGINE.documents.get(f"query Known {{ books {{ {EDGES} }} }}").operation(None)
    assert operation.formula(ENGINE.weights) is operation.formula(ENGINE.weights)
