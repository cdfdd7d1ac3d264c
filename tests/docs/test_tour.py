"""What the tour names is where it says: a class, a function or a constant of the file that it links to."""

import ast
import re

import pytest
from graphql import parse, validate

from schema import schema
from tests.docs.reading import DOCS, blocks

TOUR = (DOCS / "tour.md").read_text()
NAMED = re.findall(r"\[`(\w+)`\]\(\.\./([\w/]+\.py)\)", TOUR)


def names_in(path: str) -> set[str]:
    tree = ast.parse((DOCS.parent / path).read_text())
    return {
        node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize(("name", "path"), NAMED)
def test_what_is_named_is_there(name: str, path: str) -> None:
    assert name in names_in(path)


def test_the_tour_comes_by_every_room() -> None:
    rooms = {path.partition("/")[0] for _, path in NAMED}
    assert rooms >= {"auth.py", "db", "endpoint", "executor", "live", "loaders", "monitoring", "resolvers", "schema"}


def test_its_documents_fit_the_schema() -> None:
    documents = blocks(TOUR, "graphql")
    assert len(documents) == 2
    for document in documents:
        assert validate(schema._schema, parse(document)) == []
