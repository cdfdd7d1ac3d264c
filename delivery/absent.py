"""Stands in for a provider that the settings do not name, so that what waits for it goes on to the next channel in the end."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from db.reminders.claiming import Claimed
from delivery.outcomes import Sent, failed


class Absent:
    provider = "none"

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent | None]:
        """Failed, not rejected: the operator may name one before the attempts are used up."""
        now = asyncio.get_running_loop().time()
        return [Sent(failed("NO_PROVIDER"), now, now)] * len(batch)
