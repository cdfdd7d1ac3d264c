"""What a generator asks of chance, drawn from hypothesis so that failures shrink and are saved."""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@cache
def _below(limit: int) -> st.SearchStrategy[int]:
    return st.integers(0, limit - 1)


class Choices:
    """Choices of one example. All shrink: a chance to no, an option to the first."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, limit: int) -> int:
        return self._draw(_below(limit))

    def chance(self, percent: int) -> bool:
        return self._draw(_below(100)) >= 100 - percent

    def among(self, options: Sequence[T]) -> T:
        return options[self._draw(_below(len(options)))]
