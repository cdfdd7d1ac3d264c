"""The one place that every operation passes before it runs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

from graphql import OperationType
from starlette.types import Receive

from auth import Principal
from config import Settings
from db.cache.leases import Leases
from endpoint.limits.budgets import Account, Budgets
from endpoint.limits.deadline import Deadline
from endpoint.limits.turns import Turns
from errors import TooComplex
from executor import Engine, Operation
from executor.cost import Sum

Running: TypeAlias = Callable[..., AbstractAsyncContextManager[None]]


class Gate:
    """One for a process: operations of all requests, batches and connections share its turns."""

    def __init__(self, settings: Settings, engine: Engine, leases: Leases) -> None:
        self._engine, self._limit, self._seconds = engine, settings.cost_limit, settings.operation_timeout
        self.request_timeout = settings.request_timeout
        self._budgets, self._turns = Budgets(settings, leases), Turns(settings.cost_limit)

    async def admit(self, operation: Operation, variables: dict[str, Any] | None, principal: Principal) -> "Admitted":
        """Raises TooComplex or RateLimited, before any SQL."""
        cost = self._engine.cost(operation, variables)
        total = cost.total
        if total > self._limit:
            raise TooComplex(
                f"An operation may cost up to {self._limit}; this could cost {total}. Ask for fewer rows, or for less of each.",
                what="cost",
                limit=self._limit,
                actual=total,
            )
        accounts = self._budgets.accounts(principal)
        await self._budgets.charge(accounts, total)

        @asynccontextmanager
        async def running(receive: Receive | None = None) -> AsyncIterator[None]:
            changes = operation.kind is OperationType.MUTATION
            with Deadline(self._seconds, changes, receive):
                async with self._turns.turn(principal.tenant_id, total):
                    yield

        return Admitted(cost, self._limit, accounts, self._budgets.headers(accounts), running)


class Admitted:
    """An operation that may run, and has been paid for."""

    def __init__(
        self, cost: Sum, limit: int, accounts: list[Account], headers: list[tuple[bytes, bytes]], running: Running
    ) -> None:
        self.cost, self.headers, self.running = cost, headers, running
        """`headers` are of the answer; `running(receive)` is to be entered while it runs."""
        self._limit, self._accounts = limit, accounts

    def told(self) -> dict[str, object]:
        """For the answer's `extensions`."""
        budgets = [
            {"of": each.budget.name, "limit": each.budget.quota, "remaining": each.spendable, "seconds": each.seconds}
            for each in self._accounts
        ]
        cost = {"total": self.cost.total, "type": self.cost.type, "field": self.cost.field, "limit": self._limit}
        return {**cost, "budgets": budgets}
