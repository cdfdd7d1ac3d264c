"""Tables of what an execution gives. Each row holds for graphql-core, too: a row cannot be wrong unnoticed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema, graphql

from executor import Engine

Expected = tuple[str, Sequence[str | int] | None, Sequence[tuple[int, int]]]
"""An error: message, path, places in the document."""


@dataclass(frozen=True)
class Case:
    """`name` is that of the test of graphql-core that it follows, in its own module's words."""

    name: str
    query: str
    data: Any
    errors: Sequence[Expected] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    root: Callable[[], Any] = lambda: None
    ordered: bool = True  # not so, where awaitables fail in an order of their own


def name(case: Any) -> str | None:
    """Names a case in the list of tests."""
    return case.name.replace(" ", "-") if isinstance(case, Case) else None


async def check(schema: GraphQLSchema, case: Case) -> None:
    """graphql-core gives what is expected, and so does the engine."""
    reference = await graphql(
        schema,
        case.query,
        root_value=case.root(),
        variable_values=dict(case.variables),
        operation_name=case.operation_name,
    )
    _equal(reference, case)
    _equal(await Engine(schema).execute(case.query, dict(case.variables), case.operation_name, root=case.root()), case)


def _equal(result: Any, case: Case) -> None:
    # The order of keys is part of it, and 1 is not True.
    assert repr(result.data) == repr(case.data), f"{result.data} and not {case.data}"
    errors = [
        (error.message, error.path, [(place.line, place.column) for place in error.locations or ()])
        for error in result.errors or ()
    ]
    expected = [(message, None if path is None else list(path), list(places)) for message, path, places in case.errors]
    if not case.ordered:
        errors, expected = sorted(errors, key=repr), sorted(expected, key=repr)
    assert errors == expected, f"{errors} and not {expected}"
