"""The schema is written down, and says what everything in it is."""

from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

from schema import schema


def test_the_committed_schema_is_the_codes(root: Path) -> None:
    written = (root / "schema.graphql").read_text()
    assert written == schema.as_str() + "\n", "run `make schema.graphql` and commit it"


def elements() -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument and enum value of ours, with its description."""
    built = build_schema(schema.as_str())
    for name, type_ in built.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{value}", each.description) for value, each in type_.values.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument, each in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument}:)", each.description


def test_everything_is_described() -> None:
    described = dict(elements())
    assert len(described) > 200
    assert [name for name, description in described.items() if not description] == []
