"""What the schema says about costs: enough to count them, and the same to everybody."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    build_schema,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from config import Settings
from endpoint.engine import create_engine
from executor.cost import ListSize
from schema import schema
from tests.conftest import SECRET

ENGINE = create_engine(Settings(jwt_secret=SECRET))
LIMIT = Settings.model_fields["cost_limit"].default


def documents(root: Path) -> dict[str, str]:
    """What we ask for ourselves."""
    asked = {path.stem: path.read_text() for path in (root / "bench" / "queries" / "documents").glob("*.graphql")}
    texts = re.findall(r"`((?:\\.|[^`\\])*)`", (root / "web" / "src" / "examples.ts").read_text())
    examples = [each for each in texts if re.search(r"^(query|mutation|subscription) \w+", each, re.MULTILINE)]
    asked |= {f"example {n}": each for n, each in enumerate(examples)}
    return asked | {"introspection": get_introspection_query()}


def test_every_list_of_objects_has_a_size() -> None:
    """By itself, or by the field above it."""
    types = [type_ for type_ in schema._schema.type_map.values() if isinstance(type_, GraphQLObjectType)]
    found: dict[str, ListSize | None] = {}
    by_others: set[str] = set()
    for type_ in types:
        for name in type_.fields if not type_.name.startswith("__") else ():
            definition = type_.fields[name]
            size = ENGINE.weights.field(type_, name).size
            by_others |= {
                f"{get_named_type(definition.type).name}.{each}" for each in (size and size.sized_fields) or ()
            }
            if is_list_type(get_nullable_type(definition.type)) and is_composite_type(get_named_type(definition.type)):
                found[f"{type_.name}.{name}"] = size
    assert len(found) >= 20
    assert {name for name, size in found.items() if size is None} == by_others & found.keys()


def test_tools_can_read_it(root: Path) -> None:
    """The printed schema is one that others can build, with the directives of the specification in it."""
    printed = build_schema((root / "schema.graphql").read_text())
    cost, size = printed.get_directive("cost"), printed.get_directive("listSize")
    assert cost is not None
    assert size is not None
    assert str(cost.args["weight"].type) == "String!"
    assert {name: str(each.type) for name, each in size.args.items()} == {
        "assumedSize": "Int",
        "slicingArguments": "[String!]",
        "sizedFields": "[String!]",
        "requireOneSlicingArgument": "Boolean",
    }
    query: Any = printed.query_type
    [said] = query.fields["notes"].ast_node.directives
    assert {each.name.value: each.value.to_dict().get("value", "list") for each in said.arguments} == {
        "assumedSize": "50",
        "slicingArguments": "list",
        "sizedFields": "list",
        "requireOneSlicingArgument": False,
    }


def test_what_we_ask_for_ourselves_is_allowed(root: Path) -> None:
    asked = documents(root)
    assert {"flat", "counts", "example 0", "introspection"} <= asked.keys()
    for name, source in asked.items():
        document = ENGINE.documents.get(source)
        assert not document.errors, name
        assert ENGINE.cost(document.operation(None), {}).total <= LIMIT / 1.5, name


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ viewer { role } }", 3),
        # 50 rows, and the connection.
        ("{ notes { edges { node { text } } } }", 52),
        # A row that another one leads to is 2: itself, and the field.
        ("{ notes { edges { node { author { name } } } } }", 152),
        ("{ notes { totalCount } }", 12),
        ('{ notes(filter: {search: "fall"}) { totalCount } }', 2512),
        ('mutation { signNote(input: {id: "x"}) { note { id } } }', 14),
        ('{ noteStats(from: "2026-01-01", through: "2026-01-02") { edges { node { uniquePatients } } } }', 151),
    ],
)
def test_weights(document: str, cost: int) -> None:
    found = ENGINE.documents.get(document)
    assert not found.errors
    assert ENGINE.cost(found.operation(None), {}).total == cost


def test_a_page_of_another_size(root: Path) -> None:
    """What is assumed for a page in the printed schema gives way to the setting."""
    engine = create_engine(Settings(jwt_secret=SECRET, page_size=7, page_size_limit=9))
    document = "query ($n: Int) {{ notes{} {{ edges {{ node {{ id }} }} }} }}"
    for arguments, n, rows in (("(first: $n)", None, 7), ("(last: $n)", 8, 8), ("(first: $n)", 10, 9)):
        operation = engine.documents.get(document.format(arguments)).operation(None)
        assert engine.cost(operation, {"n": n}).total == rows + 2
