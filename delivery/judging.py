"""What is to be done with a claimed reminder, and what an attempt makes of it. Pure: no clock, no database."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from db.quiet_hours import QuietHours, Window, defer, quiet_hours
from db.reminders.claiming import Claimed
from db.reminders.settling import Attempt, Finished, Postponed
from db.vocabulary import Channel, ReminderReason, ReminderStatus
from delivery.outcomes import Sent
from delivery.retry import Again, next_step


class Judged(NamedTuple):
    """A batch, apart: what may be sent now; what is at an end; what waits, for another time or another channel."""

    to_send: list[Claimed]
    finished: list[Finished]
    postponed: list[Postponed]


def before_sending(batch: Sequence[Claimed], channel: Channel) -> Judged:
    """Consent, address, hours and time are as of the claim."""
    judged = Judged([], [], [])
    for claimed in batch:
        reminder_id, _, _, not_after, address, consented, quiet, time_zone, _, now = claimed
        if now > not_after:
            judged.finished.append(Finished(reminder_id, False, ReminderStatus.EXPIRED, ReminderReason.TOO_LATE))
        elif not consented or not address:
            _without(judged, claimed, channel, ReminderReason.NO_ADDRESS if consented else ReminderReason.NO_CONSENT)
        elif quiet == "[]":
            judged.to_send.append(claimed)
        else:
            opens = defer(now, _quiet_hours(quiet), ZoneInfo(time_zone), not_after)
            if opens is None:
                _without(judged, claimed, channel, ReminderReason.QUIET_HOURS)
            elif opens > now:
                judged.postponed.append(Postponed(reminder_id, False, channel, opens))
            else:
                judged.to_send.append(claimed)
    return judged


def _without(judged: Judged, claimed: Claimed, channel: Channel, reason: ReminderReason) -> None:
    """A channel that cannot be used makes way for the next one; the last one ends it."""
    reminder_id, _, channels, *_, now = claimed
    following = channels[channels.index(channel) + 1 :]
    if following:
        judged.postponed.append(Postponed(reminder_id, False, following[0], now))
    else:
        judged.finished.append(Finished(reminder_id, False, ReminderStatus.SKIPPED, reason))


@lru_cache(4096)
def _quiet_hours(text: str | None) -> QuietHours:
    return quiet_hours(
        tuple(
            Window(weekday, time.fromisoformat(start), time.fromisoformat(end))
            for weekday, start, end in orjson.loads(text or "[]")
        )
    )


class Tried(NamedTuple):
    """A batch after sending, apart."""

    attempts: list[Attempt]
    finished: list[Finished]
    postponed: list[Postponed]
    given_back: list[UUID]


def after_sending(batch: Sequence[Claimed], sent: Sequence[Sent | None], channel: Channel, claimed_at: float) -> Tried:
    """`claimed_at` is when it was claimed by the clock of `sent`: so that the record has the database's times."""
    tried = Tried([], [], [], [])
    if not batch:
        return tried
    at = _clock(batch, claimed_at)
    for claimed, result in zip(batch, sent, strict=True):
        reminder_id, number, channels, not_after, *_, earlier, _ = claimed
        if result is None:
            tried.given_back.append(reminder_id)
            continue
        outcome, started, finished = result
        ended = at(finished)
        tried.attempts.append(
            Attempt(
                reminder_id, number, at(started), ended, outcome.kind, outcome.provider_message_id, outcome.error_code
            )
        )
        step = next_step(
            outcome, reminder_id, number - earlier, channel, cast(Sequence[Channel], channels), ended, not_after
        )
        if isinstance(step, Again):
            tried.postponed.append(Postponed(reminder_id, True, step.channel, step.at))
        else:
            tried.finished.append(Finished(reminder_id, True, step.status, step.reason))
    return tried


def _clock(batch: Sequence[Claimed], claimed_at: float) -> Callable[[float], datetime]:
    """The database's time of a time of the loop. Neighbours share one: a batch that is sent at once has one time."""
    begins = batch[0][-1]

    @lru_cache(1)
    def at(seconds: float) -> datetime:
        return begins + timedelta(seconds=seconds - claimed_at)

    return at
