"""Requests that a client could send to any schema."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationType
from hypothesis import strategies as st

from tests.executor.documents.choices import Choices
from tests.executor.documents.inputs import Inputs, Samples
from tests.executor.documents.selections import Uses, Writer
from tests.executor.documents.variables import Variables


@dataclass(frozen=True)
class Request:
    document: str
    variables: dict[str, Any]
    operation_name: str | None = None


@dataclass(frozen=True)
class Operation:
    kind: str
    name: str
    text: str
    uses: Uses


@st.composite
def requests(draw: st.DrawFn, schema: GraphQLSchema, samples: Samples = {}) -> Request:  # noqa: B006  # never changed
    """Nine in ten are valid and find their operation; the rest is for comparing what is refused."""
    choices = Choices(draw)
    inputs = Inputs(choices, samples)
    variables = Variables(choices, inputs)
    writer = Writer(schema, choices, inputs, variables, size=6 + choices.below(34))
    operations = [_operation(schema, choices, writer, n) for n in range(2 if choices.chance(12) else 1)]
    nameless = len(operations) == 1 and choices.chance(40)
    definitions = [_definition(operation, nameless, writer, variables) for operation in operations]
    fragments = [fragment.text for fragment in writer.fragments.values()]
    document = "\n".join(fragments + definitions if choices.chance(30) else definitions + fragments)
    names = [operation.name for operation in operations]
    given: str | None = None
    if not nameless and (len(names) > 1 or choices.chance(50)):
        given = choices.among(names)
    if choices.chance(1):
        given = choices.among([None, "Unknown", ""])
    return Request(document, variables.given(), given)


def _operation(schema: GraphQLSchema, choices: Choices, writer: Writer, number: int) -> Operation:
    kind, root = choices.among(_roots(schema))
    writer.uses = Uses()
    text = writer.selection_set(root, 2 + choices.below(4))
    return Operation(kind, f"Operation{number}", text, writer.uses)


def _roots(schema: GraphQLSchema) -> list[tuple[str, GraphQLObjectType]]:
    kinds = (OperationType.QUERY, OperationType.MUTATION)
    return [(kind.value, root) for kind in kinds if (root := schema.get_root_type(kind)) is not None]


def _definition(operation: Operation, nameless: bool, writer: Writer, variables: Variables) -> str:
    reached = sorted(_variables(operation.uses, writer), key=lambda name: int(name[1:]))
    declared = ", ".join(f"${name}: {variables.declared[name]}" for name in reached)
    if nameless and operation.kind == "query" and not declared:
        return operation.text
    name = "" if nameless else f" {operation.name}"
    return f"{operation.kind}{name}{f'({declared})' if declared else ''} {operation.text}"


def _variables(uses: Uses, writer: Writer) -> set[str]:
    """Those used in the text and, by way of fragments, below it."""
    found = set(uses.variables)
    for name in uses.fragments:
        found |= _variables(writer.fragments[name].uses, writer)
    return found
