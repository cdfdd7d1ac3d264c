"""What a principal and a tenant may spend in a minute, in the units of cost."""

import asyncio
import math
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from auth import Principal
from config import Settings
from db.cache.leases import WINDOW, Leases
from errors import RateLimited

ACCOUNTS = 10_000
"""Principals that a process keeps account of; who comes back later leases anew."""


class Budget(NamedTuple):
    name: str
    quota: int


class Account:
    """What a process has leased for one of them."""

    __slots__ = ("_asking", "_of", "budget", "ends", "left", "remaining")

    def __init__(self, budget: Budget, *of: str) -> None:
        self.budget = budget
        self.left = self.remaining = 0
        """To spend here, and for all to lease, the last time that it was looked."""
        self.ends = 0.0
        self._of, self._asking = (budget.name, *of), asyncio.Lock()

    async def has(self, cost: int, leases: Leases) -> bool:
        """Whether there is that much; leases more if there is not."""
        async with self._asking:
            if time.time() >= self.ends:
                self.left = 0
            elif self.left < cost and not self.remaining:
                return False
            if self.left < cost:
                lease = await leases.lease(self._of, self.budget.quota, cost - self.left)
                self.left, self.remaining, self.ends = self.left + lease.amount, lease.remaining, lease.ends
            return self.left >= cost

    @property
    def spendable(self) -> int:
        return self.left + self.remaining

    @property
    def seconds(self) -> int:
        """Until there is another budget."""
        return max(1, math.ceil(self.ends - time.time()))


Accounts = Sequence[Account]
"""Those that pay for what a principal asks."""


class Budgets:
    """Of a process. A quota of 0 is none."""

    def __init__(self, settings: Settings, leases: Leases) -> None:
        self._leases = leases
        self._of_principal, self._of_tenant = (
            Budget("principal", settings.budget),
            Budget("tenant", settings.tenant_budget),
        )
        budgets = [each for each in (self._of_principal, self._of_tenant) if each.quota]
        self._accounts: dict[tuple[UUID | None, str], Accounts] = {}
        self._tenants: dict[UUID | None, Account] = {}
        # RateLimit fields: draft-ietf-httpapi-ratelimit-headers-10, section 3.
        self._policy = ", ".join(f'"{each.name}";q={each.quota};w={WINDOW};qu="cost"' for each in budgets).encode()
        self._left = ", ".join(f'"{each.name}";r=%d;t=%d' for each in budgets).encode()

    def accounts(self, principal: Principal) -> Accounts:
        who = (principal.tenant_id, principal.subject)
        if (known := self._accounts.get(who)) is None:
            known = self._accounts[who] = self._opened(principal)
            if len(self._accounts) > ACCOUNTS:
                del self._accounts[next(iter(self._accounts))]
        return known

    def _opened(self, principal: Principal) -> Accounts:
        tenant, found = str(principal.tenant_id), list[Account]()
        if self._of_principal.quota:
            found.append(Account(self._of_principal, tenant, principal.subject))
        if self._of_tenant.quota:
            if len(self._tenants) > ACCOUNTS:
                self._tenants.clear()
            found.append(self._tenants.setdefault(principal.tenant_id, Account(self._of_tenant, tenant)))
        return found

    async def charge(self, accounts: Accounts, cost: int) -> None:
        """Raises RateLimited, and then nobody has paid."""
        now = time.time()
        while not all(each.left >= cost and now < each.ends for each in accounts):
            for each in accounts:
                if not await each.has(cost, self._leases):
                    raise self._refusal(each, accounts, cost)
            now = time.time()
        for each in accounts:
            each.left -= cost

    def _refusal(self, short: Account, accounts: Accounts, cost: int) -> RateLimited:
        name, quota, left, seconds = *short.budget, short.spendable, short.seconds
        return RateLimited(
            f"This costs {cost}, and of the {quota} that a {name} may spend in {WINDOW} seconds {left} are left. "
            f"Try again in {seconds} seconds.",
            [*self.headers(accounts), (b"retry-after", b"%d" % seconds)],
            budget=name,
            limit=quota,
            remaining=left,
            cost=cost,
            retryAfter=seconds,
        )

    def headers(self, accounts: Accounts) -> list[tuple[bytes, bytes]]:
        if not accounts:
            return []
        left = [number for each in accounts for number in (each.spendable, each.seconds)]
        return [(b"ratelimit-policy", self._policy), (b"ratelimit", self._left % tuple(left))]
