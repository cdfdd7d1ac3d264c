"""The one place that every operation passes before it runs."""

from types import TracebackType
from typing import Any
from uuid import UUID

from graphql import OperationType
from starlette.types import Receive

from auth import Principal
from config import Settings
from db.cache.leases import Leases
from endpoint.limits.budgets import Accounts, Budgets
from endpoint.limits.deadline import Deadline
from endpoint.limits.turns import Turns
from errors import TooComplex
from executor import Engine, Operation
from executor.cost import Sum
from monitoring import metrics

ALONE = 2
"""How many times COST_LIMIT a tenant may have at work while no other is here: the processor and PostgreSQL have something to
do each, and who comes after all waits for no more than that."""


class Gate:
    """One for a process: operations of all requests, batches and connections share its turns."""

    def __init__(self, settings: Settings, engine: Engine, leases: Leases) -> None:
        self._engine = engine
        self.cost_limit, self.operation_timeout = settings.cost_limit, settings.operation_timeout
        self.request_timeout = settings.request_timeout
        self._counts = bool(settings.metrics_port or settings.metrics_token)
        self.budgets, self.turns = Budgets(settings, leases), Turns(settings.cost_limit, ALONE * settings.cost_limit)

    async def admit(self, operation: Operation, variables: dict[str, Any] | None, principal: Principal) -> "Admitted":
        """Raises TooComplex or RateLimited, before any SQL."""
        cost = self._engine.cost(operation, variables)
        total, limit = cost.total, self.cost_limit
        if total > limit:
            raise TooComplex(
                f"An operation may cost up to {limit}; this could cost {total}. Ask for fewer rows, or for less of each.",
                what="cost",
                limit=limit,
                actual=total,
            )
        accounts = self.budgets.accounts(principal)
        await self.budgets.charge(accounts, total)
        if self._counts:
            metrics.cost.observe(total)
        return Admitted(self, operation.kind is OperationType.MUTATION, principal.tenant_id, cost, accounts)


class Admitted:
    """An operation that may run, and has been paid for: `async with admitted.running(receive):`."""

    def __init__(self, gate: Gate, changes: bool, tenant_id: UUID | None, cost: Sum, accounts: Accounts) -> None:
        self.cost = cost
        self._gate, self._changes, self._tenant_id, self._accounts = gate, changes, tenant_id, accounts

    def running(self, receive: Receive | None = None) -> "Running":
        """`receive` tells whether the client is still there, where that matters."""
        deadline = Deadline(self._gate.operation_timeout, self._changes, receive)
        return Running(deadline, self._gate.turns, self._tenant_id, self.cost.total)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Of the answer."""
        return self._gate.budgets.headers(self._accounts)

    def told(self) -> dict[str, object]:
        """For the answer's `extensions`."""
        budgets = [
            {"of": each.budget.name, "limit": each.budget.quota, "remaining": each.spendable, "seconds": each.seconds}
            for each in self._accounts
        ]
        cost = {"total": self.cost.total, "type": self.cost.type, "field": self.cost.field}
        return {**cost, "limit": self._gate.cost_limit, "budgets": budgets}


class Running:
    """A turn with a deadline, which counts from when it is waited for. Raises Timeout or Gone."""

    __slots__ = ("_cost", "_deadline", "_tenant_id", "_turns")

    def __init__(self, deadline: Deadline, turns: Turns, tenant_id: UUID | None, cost: int) -> None:
        self._deadline, self._turns, self._tenant_id, self._cost = deadline, turns, tenant_id, cost

    async def __aenter__(self) -> None:
        self._deadline.__enter__()
        if not self._turns.begin(self._tenant_id, self._cost):
            try:
                await self._turns.wait(self._tenant_id, self._cost)
            except BaseException as error:
                self._deadline.__exit__(type(error), error, error.__traceback__)
                raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turns.end(self._tenant_id, self._cost)
        self._deadline.__exit__(kind, error, trace)
