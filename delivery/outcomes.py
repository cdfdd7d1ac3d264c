"""What became of an attempt to hand a message to a provider."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from db.vocabulary import AttemptOutcome

_ANSWERS = frozenset({AttemptOutcome.ACCEPTED, AttemptOutcome.REJECTED})

LONGEST_WAIT = timedelta(days=7)
"""What a provider asks for beyond that is taken for that."""


IN_A_ROW = 10
"""Failures after which a provider is taken to be away: with one call in five failing by chance, once in ten million."""


class Outcome(NamedTuple):
    """`error_code` is the provider's, or a word of ours; it never holds what the provider said, which could quote an address.

    From the attempt's end, `retry_after` is how long the provider does not want this message, and `leave_alone` for how long
    it wants none at all.
    """

    kind: AttemptOutcome
    provider_message_id: str | None = None
    error_code: str | None = None
    retry_after: timedelta | None = None
    leave_alone: timedelta | None = None

    @property
    def answered(self) -> bool:
        """Whether the provider is there: it took the message, or had something against it."""
        return self.kind in _ANSWERS


class Sent(NamedTuple):
    """One that was tried. The times are the running loop's, in seconds."""

    outcome: Outcome
    started: float
    finished: float


def accepted(provider_message_id: str | None = None) -> Outcome:
    """The provider has it, and will see to it. Not yet: the patient has it."""
    return Outcome(AttemptOutcome.ACCEPTED, provider_message_id)


def rejected(error_code: str) -> Outcome:
    """The provider will not take it, however often it is asked."""
    return Outcome(AttemptOutcome.REJECTED, error_code=error_code)


def failed(error_code: str, retry_after: timedelta | None = None) -> Outcome:
    """The provider does not have it, and may take it later."""
    return Outcome(AttemptOutcome.FAILED, error_code=error_code, retry_after=retry_after)


def unknown(error_code: str) -> Outcome:
    """The provider may have it or not. It is asked again, with the same key."""
    return Outcome(AttemptOutcome.UNKNOWN, error_code=error_code)


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Retry-After of HTTP (RFC 9110, section 10.2.3): seconds or a date. None where there is none that can be read."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return min(timedelta(seconds=int(header[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    # The date that RFC 850 and asctime() leave without a zone is in GMT, too.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT)
