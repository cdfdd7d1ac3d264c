"""@defer and @stream: the payloads of an answer that comes in parts, in the two forms that clients know.

The current one is graphql-core's (https://github.com/graphql/graphql-spec/pull/1110): what is pending has an id, and each
later part names it. That of 2022 (`deferSpec=20220824`, Apollo Client's default) gives the path and the label of each part.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from copy import deepcopy
from typing import Any

from graphql import ExecutionResult, GraphQLError
from graphql.execution import ExperimentalIncrementalExecutionResults
from graphql.execution.types import (
    IncrementalDeferResult,
    IncrementalStreamResult,
    PendingResult,
    SubsequentIncrementalExecutionResult,
)

from endpoint.answers import shown
from endpoint.errors import present

OF_2022 = "deferSpec=20220824"
Path = list[str | int]


async def payloads(
    results: ExecutionResult | ExperimentalIncrementalExecutionResults, specification: str | None
) -> AsyncIterator[dict[str, Any]]:
    """The first has `data`; the others, if there are any, have what came later."""
    if isinstance(results, ExecutionResult):
        yield shown(results)
        return
    initial = results.initial_result
    first = shown(ExecutionResult(initial.data, initial.errors))
    form: _Current | _Of2022 = _Of2022(initial.data) if specification == OF_2022 else _Current()
    async with aclosing(results.subsequent_results) as later:
        yield {**first, **form.announced(initial.pending), "hasNext": True}
        async for each in later:
            yield {**form.part(each), "hasNext": each.has_next}


class _Current:
    def announced(self, pending: Sequence[PendingResult]) -> dict[str, Any]:
        return {"pending": [each.formatted for each in pending]}

    def part(self, result: SubsequentIncrementalExecutionResult) -> dict[str, Any]:
        part: dict[str, Any] = self.announced(result.pending) if result.pending else {}
        if result.incremental:
            part["incremental"] = [_told({**each.formatted}, each.errors) for each in result.incremental]
        if result.completed:
            part["completed"] = [_told({**each.formatted}, each.errors) for each in result.completed]
        return part


class _Of2022:
    """A part of a stream has the index of its first item in its path: so it needs to know what the client has by now."""

    def __init__(self, data: Any) -> None:
        self._data, self._pending = data, dict[str, PendingResult]()

    def announced(self, pending: Sequence[PendingResult]) -> dict[str, Any]:
        self._pending |= {each.id: each for each in pending}
        return {}

    def part(self, result: SubsequentIncrementalExecutionResult) -> dict[str, Any]:
        self.announced(result.pending or ())
        parts = [self._came(each) for each in result.incremental or ()]
        for done in result.completed or ():
            pending = self._pending.pop(done.id)
            if done.errors:
                parts.append(self._part(pending, {"data": None, "path": pending.path}, done.errors))
        return {"incremental": parts} if parts else {}

    def _came(self, each: IncrementalDeferResult | IncrementalStreamResult) -> dict[str, Any]:
        pending = self._pending[each.id]
        path = [*pending.path, *(each.sub_path or ())]
        there = self._at(path)
        if isinstance(each, IncrementalStreamResult):
            came: dict[str, Any] = {"items": each.items, "path": [*path, len(there)]}
            there.extend(deepcopy(each.items))
        else:
            came = {"data": each.data, "path": path}
            _merge(there, each.data)
        return self._part(pending, came, each.errors)

    def _part(
        self, pending: PendingResult, came: dict[str, Any], errors: Sequence[GraphQLError] | None
    ) -> dict[str, Any]:
        return _told(came if pending.label is None else {**came, "label": pending.label}, errors)

    def _at(self, path: Path) -> Any:
        there = self._data
        for step in path:
            there = there[step]
        return there


def _merge(there: dict[str, Any], came: dict[str, Any]) -> None:
    """A copy: what comes is sent as it is, whatever comes below it later. Two fragments may have selected below one object."""
    for key, value in came.items():
        known = there.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            there[key] = deepcopy(value)


def _told(came: dict[str, Any], errors: Sequence[GraphQLError] | None) -> dict[str, Any]:
    return {**came, "errors": present(errors)} if errors else came
