"""Positions in a tenant's events as cursors: opaque, and of no use in another tenant."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from uuid import UUID

from errors import Invalid
from resolvers.scalars import Cursor

_SEAL = 6
"""Bytes. No secret: a position opens nothing. It tells a cursor of this tenant's events from others."""


def cursor_of(tenant_id: UUID, position: int) -> Cursor:
    packed = position.to_bytes(8, "big").lstrip(b"\0")
    return Cursor(urlsafe_b64encode(_seal(tenant_id, packed) + packed).rstrip(b"=").decode())


def position_of(tenant_id: UUID, cursor: Cursor) -> int:
    """Raises Invalid unless `cursor_of` made it for this tenant."""
    try:
        packed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[_SEAL:]
        position = int.from_bytes(packed, "big")
        if len(packed) <= 8 and cursor_of(tenant_id, position) == cursor:
            return position
    except ValueError:
        pass
    raise Invalid("This cursor is not one of an event.", ["after"])


def _seal(tenant_id: UUID, packed: bytes) -> bytes:
    return blake2b(packed, key=tenant_id.bytes, person=b"event", digest_size=_SEAL).digest()
