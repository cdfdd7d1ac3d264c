"""What a principal and a tenant may spend in a minute, in the units of cost."""

import asyncio
import math
import time
from typing import NamedTuple

from cachetools import LRUCache

from auth import Principal
from config import Settings
from db.cache.leases import WINDOW, Leases
from errors import RateLimited

ACCOUNTS = 10_000
"""Principals and tenants that a process keeps account of; who comes back later leases anew."""


class Budget(NamedTuple):
    name: str
    quota: int


class Account:
    """What a process has leased for one of them."""

    def __init__(self, of: tuple[str, ...], budget: Budget) -> None:
        self.budget = budget
        self.left = self.remaining = 0
        """To spend here, and for all to lease, the last time that it was looked."""
        self.ends = 0.0
        self._of, self._asking = (budget.name, *of), asyncio.Lock()

    async def spend(self, cost: int, leases: Leases) -> bool:
        """Whether there is that much."""
        if self.left >= cost and time.time() < self.ends:
            self.left -= cost
            return True
        async with self._asking:
            return await self._lease(cost, leases)

    async def _lease(self, cost: int, leases: Leases) -> bool:
        if time.time() >= self.ends:
            self.left = 0
        elif self.left < cost and not self.remaining:
            return False
        if self.left < cost:
            lease = await leases.lease(self._of, self.budget.quota, cost - self.left)
            self.left, self.remaining, self.ends = self.left + lease.amount, lease.remaining, lease.ends
        if self.left < cost:
            return False
        self.left -= cost
        return True

    @property
    def spendable(self) -> int:
        return self.left + self.remaining

    @property
    def seconds(self) -> int:
        """Until there is another budget."""
        return max(1, math.ceil(self.ends - time.time()))


class Budgets:
    """Of a process. A quota of 0 is none."""

    def __init__(self, settings: Settings, leases: Leases) -> None:
        self._leases = leases
        self._of_principal = Budget("principal", settings.budget)
        self._of_tenant = Budget("tenant", settings.tenant_budget)
        self._accounts: LRUCache[tuple[str, ...], Account] = LRUCache(ACCOUNTS)
        policies = [f'"{each.name}";q={each.quota};w={WINDOW};qu="cost"' for each in self._budgets if each.quota]
        self.policy = ", ".join(policies).encode()

    @property
    def _budgets(self) -> tuple[Budget, Budget]:
        return self._of_principal, self._of_tenant

    def accounts(self, principal: Principal) -> list[Account]:
        """Those that pay for what the principal asks."""
        tenant = str(principal.tenant_id)
        who = ((self._of_principal, (tenant, principal.subject)), (self._of_tenant, (tenant,)))
        return [self._account(budget, of) for budget, of in who if budget.quota]

    def _account(self, budget: Budget, of: tuple[str, ...]) -> Account:
        if (known := self._accounts.get(of)) is None:
            known = self._accounts[of] = Account(of, budget)
        return known

    async def charge(self, accounts: list[Account], cost: int) -> None:
        """Raises RateLimited, and then nobody has paid."""
        paid: list[Account] = []
        for account in accounts:
            if not await account.spend(cost, self._leases):
                for each in paid:
                    each.left += cost
                raise RateLimited(
                    f"This costs {cost}, and of the {account.budget.quota} that a {account.budget.name} may spend in "
                    f"{WINDOW} seconds {account.spendable} are left. Try again in {account.seconds} seconds.",
                    budget=account.budget.name,
                    limit=account.budget.quota,
                    remaining=account.spendable,
                    cost=cost,
                    retryAfter=account.seconds,
                    headers=[*self.headers(accounts), (b"retry-after", b"%d" % account.seconds)],
                )
            paid.append(account)

    def headers(self, accounts: list[Account]) -> list[tuple[bytes, bytes]]:
        """RateLimit fields (draft-ietf-httpapi-ratelimit-headers-10, section 3)."""
        if not accounts:
            return []
        left = [f'"{each.budget.name}";r={each.spendable};t={each.seconds}' for each in accounts]
        return [(b"ratelimit-policy", self.policy), (b"ratelimit", ", ".join(left).encode())]
