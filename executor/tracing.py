"""What an execution did: for a developer who asks why a query takes its time."""

import time
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from executor.places import Place
from executor.values import Column, Later
from executor.whole import ABSENT

if TYPE_CHECKING:
    from executor.fields import Field


class Trace:
    """The columns that were read and completed, in the order in which they were begun."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.columns: list[dict[str, Any]] = []
        """For each: `level` from 1, `field`, `path` without indices, `how` it is read, of how many `parents`, when it was begun
        and how long it took with all below it, in milliseconds."""

    def follow(self, field: "Field", sources: Column, place: Place, column: "Column | Later") -> Column | Later:
        """The column, and the time until it is there."""
        steps = [step.key for step in place.steps(0) if step.typename is not None]
        seen = self._begun(field, steps, field.reader.kind, len(sources))
        if isinstance(column, list):
            seen["ms"] = round(self._now() - seen["atMs"], 3)
            return column
        return self._later(column, seen)

    async def whole(self, answer: Awaitable[Any], fields: "Sequence[Field]") -> Any:
        """The answer, and the time until it is there: that of each root field. Nothing of one that is absent."""
        before = len(self.columns)
        seen = [self._begun(field, [], "whole", 1) for field in fields]
        answered = await answer
        if answered is ABSENT:
            del self.columns[before:]
        for each in seen:
            each["ms"] = round(self._now() - each["atMs"], 3)
        return answered

    def _begun(self, field: "Field", steps: Sequence[object], how: str, parents: int) -> dict[str, Any]:
        seen: dict[str, Any] = {
            "level": len(steps) + 1,
            "field": field.name,
            "path": ".".join(map(str, [*steps, field.key])),
            "how": how,
            "parents": parents,
            "atMs": self._now(),
        }
        self.columns.append(seen)
        return seen

    async def _later(self, later: Later, seen: dict[str, Any]) -> Column:
        column = await later
        seen["ms"] = round(self._now() - seen["atMs"], 3)
        return column

    def _now(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 3)
