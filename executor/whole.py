"""Operations that something else can answer whole: a database that writes JSON by itself, say."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Protocol

from graphql import ExecutionResult

if TYPE_CHECKING:
    from executor.run import Run


ABSENT = object()
"""Instead of data: the plan's own way is to be gone after all."""


class Whole(Protocol):
    def answer(self, run: "Run") -> Awaitable[Any] | None:
        """The data of an operation, or ABSENT; None where it is plain at once that the plan's own way is to be gone.

        What cannot be prepared (an argument that is wrong, a guard that refuses) is left to the plan, which says what, and
        where. What goes wrong once it is awaited is the error of each root field, so mutations are not for it.
        """
        ...

    def ran(self, run: "Run", result: ExecutionResult) -> None:
        """Told of what the plan came to where it went its own way."""
        ...
