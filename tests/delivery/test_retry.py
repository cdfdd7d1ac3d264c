"""What comes after an attempt."""

from datetime import UTC, datetime, timedelta
from statistics import mean
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.reminders.queueing import ATTEMPTS
from db.vocabulary import Channel, ReminderReason, ReminderStatus
from delivery.outcomes import LONGEST_WAIT, Outcome, accepted, failed, rejected, retry_after, unknown
from delivery.retry import FIRST_WAIT, LAST_WAIT, Again, Settled, next_step, wait

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
BOTH = [Channel.EMAIL, Channel.PUSH]
REMINDER = UUID("019ac1de-0000-7000-8000-000000000000")
OUTCOMES = st.one_of(
    st.just(rejected("550")),
    st.just(unknown("TIMEOUT")),
    st.builds(failed, st.just("429"), st.none() | st.timedeltas(timedelta(0), timedelta(days=9))),
)


def after(outcome: Outcome, attempt: int = 1, channel: Channel = Channel.EMAIL, not_after: datetime = LATER) -> object:
    return next_step(outcome, REMINDER, attempt, channel, BOTH, NOW, not_after)


def test_accepted_is_sent() -> None:
    assert after(accepted("id")) == Settled(ReminderStatus.SENT, None)
    assert after(accepted(), not_after=NOW - timedelta(1)) == Settled(ReminderStatus.SENT, None)


@pytest.mark.parametrize("outcome", [failed("503"), unknown("TIMEOUT")])
def test_what_failed_is_tried_on_each_channel_in_turn(outcome: Outcome) -> None:
    channel, now, ways = Channel.EMAIL, NOW, []
    for attempt in range(1, 2 * ATTEMPTS):
        step = next_step(outcome, REMINDER, attempt, channel, BOTH, now, LATER)
        assert isinstance(step, Again)
        ways.append(channel)
        channel, now = step
    assert [*ways, channel] == [Channel.EMAIL] * ATTEMPTS + [Channel.PUSH] * ATTEMPTS
    dead = next_step(outcome, REMINDER, 2 * ATTEMPTS, channel, BOTH, now, LATER)
    assert dead == Settled(ReminderStatus.DEAD, ReminderReason.ATTEMPTS_EXHAUSTED)


def test_what_is_rejected_goes_to_the_next_channel_at_once() -> None:
    assert after(rejected("550")) == Again(Channel.PUSH, NOW)
    assert after(rejected("404"), 2, Channel.PUSH) == Settled(ReminderStatus.DEAD, ReminderReason.REJECTED)


def test_a_channel_that_would_be_too_late_is_left_for_one_that_is_not() -> None:
    soon = NOW + timedelta(minutes=2)
    assert after(failed("429", timedelta(hours=1)), not_after=soon) == Again(Channel.PUSH, NOW)
    assert after(failed("503"), 2, Channel.PUSH, soon) == Again(Channel.PUSH, NOW + wait(REMINDER, 2, 1)), (
        "there is time for one more"
    )
    late = Settled(ReminderStatus.EXPIRED, ReminderReason.TOO_LATE)
    assert after(failed("429", timedelta(hours=1)), 2, Channel.PUSH, soon) == late
    assert after(failed("503"), not_after=NOW - timedelta(seconds=1)) == late
    assert after(rejected("550"), not_after=NOW - timedelta(seconds=1)) == late


@given(
    outcome=OUTCOMES,
    reminder_id=st.uuids(),
    attempt=st.integers(1, 2**31 - 1),
    channel=st.sampled_from(BOTH),
    time_left=st.timedeltas(-timedelta(hours=1), timedelta(days=8)),
)
def test_any_attempt_has_one_next_step(
    outcome: Outcome, reminder_id: UUID, attempt: int, channel: Channel, time_left: timedelta
) -> None:
    steps = {next_step(outcome, reminder_id, attempt, channel, BOTH, NOW, NOW + time_left) for _ in range(2)}
    (step,) = steps
    if isinstance(step, Again):
        assert NOW <= step.at <= NOW + time_left
        assert BOTH.index(step.channel) >= BOTH.index(channel)
        if step.channel == channel:
            assert step.at >= NOW + min(outcome.retry_after or timedelta(0), LONGEST_WAIT)
            assert attempt < 2 * ATTEMPTS
    else:
        assert step.status in (ReminderStatus.DEAD, ReminderStatus.EXPIRED)


@given(st.uuids(), st.integers(1, 100), st.integers(-5, 100))
def test_waiting_grows_up_to_half_an_hour(reminder_id: UUID, attempt: int, failures: int) -> None:
    longest = min(FIRST_WAIT.total_seconds() * 4 ** (max(failures, 1) - 1), LAST_WAIT.total_seconds())
    assert longest / 2 <= wait(reminder_id, attempt, failures).total_seconds() <= longest


def test_those_that_failed_together_return_apart() -> None:
    ids = [UUID(int=n) for n in range(2_000)]
    for asked in (None, timedelta(minutes=10)):
        waits = [wait(reminder_id, 1, 1, asked) / timedelta(seconds=1) for reminder_id in ids]
        spread = FIRST_WAIT.total_seconds() / 2
        assert len(set(waits)) > 0.99 * len(ids)
        assert mean(waits) - min(waits) == pytest.approx(spread / 2, rel=0.1)
    assert wait(ids[0], 1, 1) != wait(ids[0], 2, 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        ("0", 0),
        ("Sun, 29 Mar 2026 01:00:00 GMT", 60),
        ("Sun Mar 29 01:00:00 2026", 60),
        ("Sun, 29 Mar 2026 00:58:00 GMT", 0),
        ("9" * 40, LONGEST_WAIT.total_seconds()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT.total_seconds()),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("\u0661\u0662", None),
    ],
)
def test_how_long_a_provider_wants_to_be_left_alone(header: str | None, seconds: float | None) -> None:
    wanted = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(header, NOW) == wanted
