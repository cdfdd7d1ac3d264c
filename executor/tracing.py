"""What an execution did: for a developer who asks why a query takes its time."""

import time
from typing import TYPE_CHECKING, Any

from executor.places import Place
from executor.values import Column, Later

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
        seen: dict[str, Any] = {
            "level": len(steps) + 1,
            "field": field.name,
            "path": ".".join(map(str, [*steps, field.key])),
            "how": field.reader.kind,
            "parents": len(sources),
            "atMs": self._now(),
        }
        self.columns.append(seen)
        if isinstance(column, list):
            seen["ms"] = round(self._now() - seen["atMs"], 3)
            return column
        return self._later(column, seen)

    async def _later(self, later: Later, seen: dict[str, Any]) -> Column:
        column = await later
        seen["ms"] = round(self._now() - seen["atMs"], 3)
        return column

    def _now(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 3)
