"""Where the values of a column stand in the answer.

A plan runs breadth-first: the values of one field below all its parents are one column. A place maps a position in a
column to a response path (GraphQL specification, section 7.1.5). Paths are made only when somebody asks for one: for
an error, or for `info.path`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from graphql.pyutils import Path


class Step(NamedTuple):
    """One key of a path. `order` is its position among its siblings in the answer; `typename` is None below a list."""

    key: str | int
    typename: str | None
    order: int


class Place(Protocol):
    def steps(self, index: int) -> tuple[Step, ...]:
        """The way from the root to the value at this index of the column."""
        ...


class Root:
    def steps(self, index: int) -> tuple[Step, ...]:
        return ()


class Under:
    """The values of one field: one for each value above."""

    __slots__ = ("above", "step")

    def __init__(self, above: Place, step: Step) -> None:
        self.above, self.step = above, step

    def steps(self, index: int) -> tuple[Step, ...]:
        return (*self.above.steps(index), self.step)


class Kept:
    """Some of the values above: `owners` are their indices there."""

    __slots__ = ("above", "owners")

    def __init__(self, above: Place, owners: Sequence[int]) -> None:
        self.above, self.owners = above, owners

    def steps(self, index: int) -> tuple[Step, ...]:
        return self.above.steps(self.owners[index])


class Items:
    """The items of the lists above, one list after the other."""

    __slots__ = ("_ends", "above", "lengths")

    def __init__(self, above: Place, lengths: Sequence[int]) -> None:
        self.above, self.lengths = above, lengths
        self._ends: list[int] = []

    def steps(self, index: int) -> tuple[Step, ...]:
        # Where many fail, many ask: the ends are added up once, and then looked up.
        if not self._ends:
            self._ends = list(accumulate(self.lengths))
        owner = bisect_right(self._ends, index)
        index -= self._ends[owner] - self.lengths[owner]
        return (*self.above.steps(owner), Step(index, None, index))


def keys(steps: Sequence[Step]) -> list[str | int]:
    """The path as errors have it."""
    return [step.key for step in steps]


def path(steps: Sequence[Step]) -> Path:
    """The path as `info.path` has it."""
    made: Path | None = None
    for step in steps:
        made = Path(made, step.key, step.typename)
    assert made is not None
    return made
