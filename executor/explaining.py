"""How a plan reads its fields, told after it ran: it costs nothing until somebody asks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executor.plans import Plan
    from executor.selections import Selection


def explained(plan: "Plan") -> list[str]:
    """A line for each field that has selections: its path without indices, and how it is read.

    Only what execution came to: the selections of a plan are made when they are first run.
    """
    return list(_below(plan.root, ""))


def _below(selection: "Selection", path: str) -> Iterator[str]:
    for field in selection.fields:
        if field.objects is not None:
            yield f"{path}{field.key}: {field.reader.kind}"
            for below in field.selections.values():
                yield from _below(below, f"{path}{field.key}.")
