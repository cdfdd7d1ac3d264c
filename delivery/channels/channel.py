"""What every channel does."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from delivery.outcomes import Outcome


class Message(NamedTuple):
    """A rendered reminder. `to` is an address of the channel: of mail, of a device, of a web server.

    `sender_name` is who it comes from in the patient's eyes. A POST to `unsubscribe_url` ends the consent (RFC 8058).
    """

    reminder_id: UUID
    to: str
    text: str
    subject: str | None = None
    html: str | None = None
    sender_name: str | None = None
    unsubscribe_url: str | None = None


class Sender(Protocol):
    """A channel with its provider. Many batches may be on their way at once."""

    @property
    def provider(self) -> str:
        """As attempts are recorded by, and as its circuit is broken by."""
        ...

    async def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """One outcome for each message, in their order. Raises nothing: what goes wrong is an outcome.

        Each message carries the reminder's id to the provider, so that one that is sent again can be known.
        """
        ...

    async def close(self) -> None: ...
