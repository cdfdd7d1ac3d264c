"""UUIDs that tell when a row was made, as the service's own do, but from a stream of chance that can be repeated."""

from datetime import datetime
from random import Random

from asyncpg.pgproto.pgproto import UUID  # the driver's, which is made and sent in a fraction of the time

_VERSION = 7 << 76
_VARIANT = 0b10 << 62
_LOW = (1 << 62) - 1


def uuid7_at(made: datetime, chance: Random) -> UUID:
    """RFC 9562, section 5.7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits."""
    bits = chance.getrandbits(74)
    milliseconds = int(made.timestamp() * 1000)
    whole = milliseconds << 80 | _VERSION | bits >> 62 << 64 | _VARIANT | bits & _LOW
    return UUID(whole.to_bytes(16, "big"))
