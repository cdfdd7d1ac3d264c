"""What comes after an attempt: the same channel again, the next one, or an end. Pure: no clock, and no dice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple, TypeAlias
from uuid import UUID

from db.reminders.queueing import ATTEMPTS
from db.vocabulary import AttemptOutcome, Channel, ReminderReason, ReminderStatus
from delivery.outcomes import LONGEST_WAIT, Outcome

FIRST_WAIT = timedelta(seconds=30)
LAST_WAIT = timedelta(minutes=30)


class Again(NamedTuple):
    channel: Channel
    at: datetime


class Settled(NamedTuple):
    status: ReminderStatus
    reason: ReminderReason | None


Step: TypeAlias = Again | Settled

_SENT = Settled(ReminderStatus.SENT, None)
_REJECTED = Settled(ReminderStatus.DEAD, ReminderReason.REJECTED)
_EXHAUSTED = Settled(ReminderStatus.DEAD, ReminderReason.ATTEMPTS_EXHAUSTED)
_TOO_LATE = Settled(ReminderStatus.EXPIRED, ReminderReason.TOO_LATE)


def next_step(
    outcome: Outcome,
    reminder_id: UUID,
    attempt: int,
    channel: Channel,
    channels: Sequence[Channel],
    now: datetime,
    not_after: datetime,
) -> Step:
    """`attempt` counts from 1 over all channels, and anew for what came back into the queue; `channels` are those of the
    reminder, in turn, each once.

    A channel is left when it rejects, when its attempts are used up, and when its next attempt would be too late. What one
    channel leaves is the next one's.
    """
    if outcome.kind is AttemptOutcome.ACCEPTED:
        return _SENT
    place = channels.index(channel)
    rejected = outcome.kind is AttemptOutcome.REJECTED
    exhausted = attempt >= ATTEMPTS * (place + 1)
    if not rejected and not exhausted:
        at = now + wait(reminder_id, attempt, attempt - ATTEMPTS * place, outcome.retry_after)
        if at <= not_after:
            return Again(channel, at)
    if now > not_after:
        return _TOO_LATE
    if place + 1 < len(channels):
        return Again(channels[place + 1], now)
    return _REJECTED if rejected else _EXHAUSTED if exhausted else _TOO_LATE


def wait(reminder_id: UUID, attempt: int, failures: int, retry_after: timedelta | None = None) -> timedelta:
    """Four times as long after each failure, up to half of it left out by chance: those that failed together return apart.

    Never shorter than the provider asked for; then the spread comes on top, for the same reason.
    """
    longest = min(FIRST_WAIT * (1 << 2 * min(max(failures, 1) - 1, 10)), LAST_WAIT)
    spread = longest / 2 * _chance(reminder_id, attempt)
    least = min(retry_after or timedelta(0), LONGEST_WAIT)
    return max(longest / 2, least) + spread


def _chance(reminder_id: UUID, attempt: int) -> float:
    """From 0 up to 1, evenly; the same for the same attempt, so that a test or a replay sees what was."""
    digest = blake2b(reminder_id.bytes + attempt.to_bytes(4), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
