"""Writes a line for an operation that was slow: what it was, and how it was run."""

import structlog

from executor import Operation
from monitoring.operations import Ended, Ran, identity

log = structlog.get_logger()


class SlowOperations:
    """An observer. The line also has the request's tenant, role and correlation id, as all its lines do."""

    def __init__(self, milliseconds: int) -> None:
        self._from = milliseconds / 1000

    def __call__(self, _: Operation) -> Ended:
        return self._ended

    def _ended(self, ran: Ran) -> None:
        if ran.seconds < self._from:
            return
        name, document, kind = identity(ran.operation)
        log.warning(
            "slow operation",
            operation=name,
            document=document,
            type=kind,
            ms=round(ran.seconds * 1000, 1),
            statements=ran.statements,
            sql_ms=round(ran.sql_seconds * 1000, 1),
            whole=ran.whole,
            failed=ran.result is None or bool(ran.result.errors),
            plan=ran.plan(),
        )
