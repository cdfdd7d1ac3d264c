"""Compares an engine with graphql-core: the same document on two Worlds that are alike.

Data are equal, order of keys included. So are what mutations did and, of a request that was refused, the errors.

Field errors, where nothing is asynchronous, are equal in their order. Elsewhere graphql-core's own list depends on
timing in one respect: below a position that an error has nulled, what else failed is reported only if it failed before.
So errors are told apart by where `data` ends on the way along their path:

- At the end of the path, or at no null (a sibling got the blame): the errors are equal as multisets.
- Earlier, at a position nulled by propagation: both report something at or below it, and what the engine reports there
  could have been reported. That is what `possible.py` finds, by running everything with each error kept to its own
  position: no order of events can run more than that, or let a field fail in another way, as a World answers alike
  whenever it is asked. Where neither reports anything below, but both at the position, the errors are equal.

Whatever the order, nothing that a resolver returned to be awaited may be left unawaited.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, graphql

from tests.executor.documents.requests import Request
from tests.executor.possible import possible_errors
from tests.executor.world.leaves import NOTHING, LeafValues
from tests.executor.world.profile import Profile
from tests.executor.world.world import World

Path = tuple[str | int, ...]


class Executes(Protocol):
    async def execute(
        self,
        source: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
    ) -> ExecutionResult: ...


@dataclass(frozen=True)
class Reported:
    """What a client, and what masks errors, sees of one."""

    message: str
    path: Path
    locations: tuple[tuple[int, int], ...]
    extensions: str
    cause: str

    @classmethod
    def of(cls, error: GraphQLError) -> "Reported":
        return cls(
            error.message,
            tuple(error.path or ()),
            tuple((place.line, place.column) for place in error.locations or ()),
            _json(error.extensions),
            type(error.original_error).__name__,
        )


class Mismatch(AssertionError):
    pass


async def compare(
    schema: GraphQLSchema, engine: Executes, request: Request, profile: Profile, leaves: LeafValues = NOTHING
) -> None:
    """Raises Mismatch where the engine is not like graphql-core."""
    worlds = World(schema, profile, leaves), World(schema, profile, leaves)
    others = asyncio.all_tasks()  # such as those of a server that other tests talk to
    expected = await graphql(
        schema,
        request.document,
        context_value=worlds[0],
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
    )
    await _settled(others)
    worlds[0].forgotten()  # graphql-core may cancel a sibling's task before it has begun
    try:
        actual = await engine.execute(
            request.document, dict(request.variables), request.operation_name, context=worlds[1], root=None
        )
    except Exception as error:
        raise Mismatch(f"the engine raised {error!r}\n{_report(request, profile, expected)}") from error
    await _settled(others)
    try:
        _compare_data(expected.data, actual.data)
        _compare_effects(worlds[0].effects, worlds[1].effects)
        await _compare_errors(schema, request, profile, leaves, expected, actual)
        if forgotten := worlds[1].forgotten():
            raise Mismatch(f"{forgotten} awaitables of resolvers were not awaited")
    except Mismatch as mismatch:
        raise Mismatch(f"{mismatch}\n{_report(request, profile, expected, actual)}") from None


def _compare_data(expected: Any, actual: Any) -> None:
    if _json(expected) != _json(actual):
        raise Mismatch("the data differ")


def _compare_effects(expected: list[str], actual: list[str]) -> None:
    if expected != actual:
        raise Mismatch(f"the mutations did {actual}, and not {expected}")


async def _compare_errors(
    schema: GraphQLSchema,
    request: Request,
    profile: Profile,
    leaves: LeafValues,
    expected: ExecutionResult,
    actual: ExecutionResult,
) -> None:
    wanted = [Reported.of(error) for error in expected.errors or ()]
    got = [Reported.of(error) for error in actual.errors or ()]
    if wanted == got:
        return
    if profile.timing == "sync" or not any(error.path for error in wanted):
        raise Mismatch("the errors differ")
    nulled, nulled_got = _by_null(expected.data, wanted), _by_null(actual.data, got)
    if nulled.keys() != nulled_got.keys():
        raise Mismatch(f"errors at or below {nulled.keys() ^ nulled_got.keys()} on one side only")
    world = World(schema, profile, leaves)
    possible = Counter(map(Reported.of, await possible_errors(schema, request, world)))
    world.forgotten()
    for position, errors in nulled.items():
        ours = nulled_got[position]
        below = any(error.path != position for error in errors + ours)
        if not below and Counter(errors) != Counter(ours):
            raise Mismatch(f"the errors at {position} differ")
        if impossible := Counter(ours) - possible:
            raise Mismatch(f"errors that cannot be, or are there twice: {list(impossible)}")


def _by_null(data: Any, errors: list[Reported]) -> Mapping[Path, list[Reported]]:
    """The errors by where the data end, on their way."""
    found: dict[Path, list[Reported]] = defaultdict(list)
    for error in errors:
        value, depth = data, 0
        while value is not None and depth < len(error.path):
            value, depth = value[error.path[depth]], depth + 1
        found[error.path[:depth]].append(error)
    return found


async def _settled(others: set[asyncio.Task[Any]]) -> None:
    """Waits for what graphql-core goes on with in the background after an answer."""
    while started := asyncio.all_tasks() - others:
        await asyncio.wait(started)


def _json(value: Any) -> str:
    return json.dumps(value, default=repr)


def _report(
    request: Request, profile: Profile, expected: ExecutionResult, actual: ExecutionResult | None = None
) -> str:
    lines = [request.document, f"{request.variables=} {request.operation_name=}", str(profile)]
    for name, result in (("graphql-core", expected), ("engine", actual)):
        if result is not None:
            lines += [f"{name}: {_json(result.data)}", *(f"  {Reported.of(error)}" for error in result.errors or ())]
    return "\n".join(lines)
