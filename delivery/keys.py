"""The key of a reminder at a provider: by it a repetition is known, and a receipt says what it is about."""

import re
from typing import NamedTuple
from uuid import UUID


class Key(NamedTuple):
    tenant_id: UUID
    reminder_id: UUID

    def __str__(self) -> str:
        return f"{self.reminder_id.hex}.{self.tenant_id.hex}"


_KEY = re.compile(r"<?([0-9a-f]{32})\.([0-9a-f]{32})(?:@[^<>@\s]+>?)?")


def read_key(message_id: str) -> Key | None:
    """Of a key, or of the Message-ID that has one, with brackets or without."""
    found = _KEY.fullmatch(message_id.strip())
    return Key(UUID(found[2]), UUID(found[1])) if found else None
