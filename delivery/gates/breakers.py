"""Circuit breakers (M. Nygard, "Release It!"): who keeps failing is left alone, and tried again with a few.

Failures in a row are counted by each process, so that a provider that is well costs nothing; that a breaker is open, all know.
"""

from collections.abc import Sequence

from delivery.gates.board import Board
from delivery.metrics import OPENED
from delivery.outcomes import IN_A_ROW, Sent

OPEN_FOR = 30.0
"""Seconds in which nothing is sent; then one process tries some."""
TRIAL = 10
"""Reminders at most that are sent to try."""


class Breakers:
    def __init__(self, board: Board, open_for: float = OPEN_FOR) -> None:
        self._board, self.open_for = board, open_for
        self._in_a_row: dict[str, int] = {}

    async def record(self, name: str, sent: Sequence[Sent | None]) -> bool:
        """What a batch tells of a provider. Whether the breaker is open then."""
        failures, answered = _trailing(sent)
        if answered:
            self._in_a_row.pop(name, None)
            if self._board.until(name) is not None:
                await self._board.open(name)
        if not failures:
            return False
        in_a_row = self._in_a_row[name] = self._in_a_row.get(name, 0) + failures
        if in_a_row < IN_A_ROW and self._board.until(name) is None:
            return False
        if self._board.until(name) is None:
            OPENED.labels(name.rpartition("/")[2]).inc()
        await self._board.close(name, self.open_for)
        return True


def _trailing(sent: Sequence[Sent | None]) -> tuple[int, bool]:
    """How many failed after the last that was answered, and whether there is such a one."""
    failures = 0
    for each in reversed(sent):
        if each is None:
            continue
        if each.outcome.answered:
            return failures, True
        failures += 1
    return failures, False
