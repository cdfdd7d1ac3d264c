"""Links by which a patient ends a channel's messages with one click (RFC 8058), without signing in.

A link names the tenant, the patient and the channel by their ids and is signed: nobody can make one, and it tells nothing.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import NamedTuple
from uuid import UUID

from config import Settings
from db.vocabulary import Channel

PATH = "/unsubscribe/"

_CHANNELS = {Channel.EMAIL: b"e", Channel.PUSH: b"p", Channel.WEBHOOK: b"w", Channel.CONSOLE: b"c"}
_SIGNED = 33
_SIGNATURE = 16
"""Bytes; half of SHA-256's, as HMAC allows (RFC 2104, section 5)."""


class Subscription(NamedTuple):
    tenant_id: UUID
    patient_id: UUID
    channel: Channel


class UnsubscribeLinks:
    def __init__(self, address: str, key: str) -> None:
        """`address` is what links begin with."""
        self._address, self._key = address, key.encode()

    def url(self, subscription: Subscription) -> str:
        """The same each time; it is good for as long as the key is."""
        tenant_id, patient_id, channel = subscription
        named = _CHANNELS[channel] + tenant_id.bytes + patient_id.bytes
        token = urlsafe_b64encode(named + self._signature(named)).rstrip(b"=").decode()
        return f"{self._address}{PATH}{token}"

    def read(self, token: str) -> Subscription | None:
        """None for what `url` did not make."""
        try:
            content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (Error, ValueError):
            return None
        named, signature = content[:_SIGNED], content[_SIGNED:]
        if not hmac.compare_digest(signature, self._signature(named)):
            return None
        channel = next(each for each, letter in _CHANNELS.items() if letter == named[:1])
        return Subscription(UUID(bytes=named[1:17]), UUID(bytes=named[17:]), channel)

    def _signature(self, named: bytes) -> bytes:
        return hmac.digest(self._key, b"unsubscribe" + named, "sha256")[:_SIGNATURE]


def unsubscribe_links(settings: Settings) -> UnsubscribeLinks | None:
    """None where the settings do not say by which address we are reached, or have no key."""
    if settings.address is None or settings.link_key is None:
        return None
    return UnsubscribeLinks(settings.address, settings.link_key)
