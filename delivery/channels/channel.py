"""What every channel does, with the provider that it has."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from delivery.keys import Key
from delivery.outcomes import Sent


class Message(NamedTuple):
    """A rendered reminder; its `key` is the same each time. `to` is an address of the channel: of mail, a device, a web server.

    `sender_name` is who it comes from in the patient's eyes. A POST to `unsubscribe_url` ends the consent (RFC 8058).
    """

    key: Key
    to: str
    text: str
    subject: str | None = None
    html: str | None = None
    sender_name: str | None = None
    unsubscribe_url: str | None = None


class Provider(Protocol):
    @property
    def name(self) -> str:
        """A stable word, for the record of attempts."""
        ...

    async def send(self, messages: Sequence[Message], stopping: asyncio.Event) -> Sequence[Sent | None]:
        """What became of each message, in their order; None for those that were not tried, because of `stopping` or
        because the provider seems to be away.

        It raises nothing: what goes wrong is an outcome. Each message carries its key to the provider, so that one
        that comes again can be known.
        """
        ...

    async def close(self) -> None: ...
