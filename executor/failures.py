"""Field errors: where they happened, and which of them the answer lists."""

from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, GraphQLError
from graphql.error import located_error

from executor.places import Place, Step, keys

Order = tuple[int, ...]


class Failed:
    """Stands in a column for a value that failed, until a nullable position takes it in."""

    __slots__ = ("error", "order")

    def __init__(self, error: GraphQLError, order: Order) -> None:
        self.error, self.order = error, order


class Failures:
    """The field errors of one operation.

    Breadth-first execution meets errors in another order than depth-first, and meets some that depth-first execution
    never comes to: when a non-null field fails, nothing more of its parent is executed. So each error keeps the place
    where it happened and the place that it nulled, and `errors` puts them into the order of the answer and leaves
    out what lies under a place that was nulled before.
    """

    def __init__(self) -> None:
        self.any = False
        self._taken: list[tuple[Order, Order, GraphQLError]] = []

    def fail(
        self, cause: Exception, nodes: Sequence[FieldNode], place: Place, index: int, after: int | None = None
    ) -> Failed:
        """A mark for the column; the error has the place's path, unless it brought one along.

        `after` is the number of items that came before it, where a list failed while it was read.
        """
        self.any = True
        steps = place.steps(index)
        order = _order(steps) if after is None else (*_order(steps), after)
        return Failed(located_error(cause, nodes, keys(steps)), order)

    def settle(self, column: list[Any], place: Place) -> list[Any]:
        """The column of a nullable position: what failed is null there, and its error is in the answer."""
        for index, value in enumerate(column):
            if type(value) is Failed:
                self.take(value, place.steps(index))
                column[index] = None
        return column

    def take(self, failed: Failed, at: Sequence[Step]) -> None:
        self._taken.append((failed.order, _order(at), failed.error))

    def mark(self) -> int:
        """For `rewind`."""
        return len(self._taken)

    def rewind(self, mark: int) -> None:
        """Forgets what was taken since."""
        del self._taken[mark:]

    @property
    def errors(self) -> list[GraphQLError] | None:
        if not self._taken:
            return None
        nulled: set[Order] = set()
        kept: list[GraphQLError] = []
        for _, at, error in sorted(self._taken, key=lambda each: each[0]):
            if not any(at[:depth] in nulled for depth in range(len(at) + 1)):
                nulled.add(at)
                kept.append(error)
        return kept


def _order(steps: Sequence[Step]) -> Order:
    return tuple(step.order for step in steps)
