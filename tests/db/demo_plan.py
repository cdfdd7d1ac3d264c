"""The demo data that the tests load."""

from datetime import UTC, datetime

from db.demo import Plan

# Over the days in March in which clocks change in New York, in Europe, and (in April) in Sydney.
PLAN = Plan(until=datetime(2026, 4, 6, 17, 45, tzinfo=UTC), notes=2_000, tenants=3, days=30)


def quiet(_stage: str, _done: int, _total: int) -> None: ...
