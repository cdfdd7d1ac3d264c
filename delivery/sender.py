"""What the dispatcher sends by: a batch of one tenant and channel in, what became of each out."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from db.reminders.claiming import Claimed
from delivery.outcomes import Sent


class Sender(Protocol):
    @property
    def provider(self) -> str:
        """Whom it hands messages to: a stable word, for the record of attempts."""
        ...

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent | None]:
        """In the order of the batch. None for what was not tried, because the dispatcher is `stopping`
        or the provider seems to be away.

        Whatever a provider does is an Outcome: it raises nothing. It may be asked for the same reminder again, and uses the
        reminder's id as the key by which the provider tells.
        """
        ...
