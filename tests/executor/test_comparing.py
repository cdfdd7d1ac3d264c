"""The comparison can fail: engines that are nearly right are found out."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import ExecutionResult, Executor, GraphQLError, graphql

from tests.executor.comparing import Mismatch, compare
from tests.executor.documents.requests import Request
from tests.executor.schemas import leaves, nullability
from tests.executor.world.profile import Profile, Timing

Break = Callable[[ExecutionResult], ExecutionResult]

QUERY = Request(
    "{ leaf: nodeReqList { leaf leafReq plainLeafReq } other: nodeReqList { leaf leafReq node { leafReq } } }", {}
)
MUTATION = Request("mutation { first: change(to: 1) { position } second: change(to: 2) { position } }", {})


class Broken:
    """graphql-core, with something done to its results, or to how it executes."""

    def __init__(self, break_: Break = lambda result: result, executor: type[Executor[Any]] = Executor) -> None:
        self._break, self._executor = break_, executor

    async def execute(
        self,
        source: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
    ) -> ExecutionResult:
        schema = context.schema
        return self._break(
            await graphql(
                schema,
                source,
                context_value=context,
                variable_values=variables,
                operation_name=operation_name,
                executor_class=self._executor,
            )
        )


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(each) for key, each in reversed(value.items())}
    return [_reversed(each) for each in value] if isinstance(value, list) else value


def _filled(value: Any) -> Any:
    """An object with nulls, where propagation made it null."""
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items()}
    return [_filled(each) or {"leaf": None} for each in value] if isinstance(value, list) else value


def _on_errors(change: Callable[[list[GraphQLError]], list[GraphQLError]]) -> Break:
    return lambda result: ExecutionResult(result.data, change(result.errors or []) or None)


def _moved(error: GraphQLError) -> GraphQLError:
    return GraphQLError(error.message, error.nodes, path=[*(error.path or ()), 0], original_error=error.original_error)


def _placeless(error: GraphQLError) -> GraphQLError:
    return GraphQLError(error.message, path=error.path, original_error=error.original_error)


def _reworded(error: GraphQLError) -> GraphQLError:
    return GraphQLError(error.message + ".", error.nodes, path=error.path, original_error=error.original_error)


def _causeless(error: GraphQLError) -> GraphQLError:
    return GraphQLError(error.message, error.nodes, path=error.path)


BREAKS: dict[str, Break] = {
    "order of keys": lambda result: ExecutionResult(_reversed(result.data), result.errors),
    "no propagation": lambda result: ExecutionResult(_filled(result.data), result.errors),
    "no data": lambda result: ExecutionResult(None, result.errors),
    "error lost": _on_errors(lambda errors: errors[:-1]),
    "error twice": _on_errors(lambda errors: [*errors, errors[0]]),
    "path": _on_errors(lambda errors: [*errors[:-1], _moved(errors[-1])]),
    "location": _on_errors(lambda errors: [*errors[:-1], _placeless(errors[-1])]),
    "message": _on_errors(lambda errors: [*errors[:-1], _reworded(errors[-1])]),
    "cause": _on_errors(lambda errors: [*errors[:-1], _causeless(errors[-1])]),
}


async def _found_out(engine: Broken, request: Request, timing: Timing, seeds: int = 20) -> bool:
    """Whether a mismatch is found with one of the seeds."""
    schema = leaves.SCHEMA if request is MUTATION else nullability.SCHEMA
    rate = 0 if request is MUTATION else 100
    for seed in range(seeds):
        try:
            await compare(schema, engine, request, Profile(seed, timing, null=rate, returned=rate))
        except Mismatch:
            return True
        except (AttributeError, IndexError, KeyError, TypeError):  # this result has nothing to break
            continue
    return False


@pytest.mark.parametrize("timing", ["sync", "async", "mixed"])
@pytest.mark.parametrize("request_", [QUERY, MUTATION], ids=["query", "mutation"])
async def test_graphql_core_is_like_itself(request_: Request, timing: Timing) -> None:
    assert not await _found_out(Broken(), request_, timing, seeds=5)


@pytest.mark.parametrize("timing", ["sync", "async"])
@pytest.mark.parametrize("name", BREAKS)
async def test_a_broken_engine_is_found_out(name: str, timing: Timing) -> None:
    assert await _found_out(Broken(BREAKS[name]), QUERY, timing)


async def test_order_of_errors_counts_where_all_is_sync() -> None:
    assert await _found_out(Broken(_on_errors(lambda errors: errors[::-1])), QUERY, "sync")


async def test_an_error_below_a_null_must_be_one_that_could_be() -> None:
    """Not a made-up one, beside those that are right."""
    made_up = GraphQLError("made up", path=["leaf", 0, "leafReq"])
    assert await _found_out(Broken(_on_errors(lambda errors: [*errors, made_up])), QUERY, "async")


class _InParallel(Executor[Any]):
    """Starts all mutations at once."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        return super().execute_operation(serially=False)


async def test_mutations_in_parallel_are_found_out() -> None:
    assert await _found_out(Broken(executor=_InParallel), MUTATION, "async")


class _Forgetful(Broken):
    """Asks a resolver, and leaves what it returned."""

    async def execute(
        self,
        source: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
    ) -> ExecutionResult:
        context.perhaps_later(context.dice("forgotten"), lambda: None)
        return await super().execute(source, variables, operation_name, context, root)


async def test_a_forgotten_awaitable_is_found_out() -> None:
    assert await _found_out(_Forgetful(), QUERY, "async")
