"""What is measured of each stage of a reminder's way out, in Prometheus's registry. No tenant and no patient is a label.

Counters and times are of this process. What is due is asked of the database when somebody looks: `read_backlog`.
"""

from collections import Counter as Counts
from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from db.reminders.backlog import backlog
from db.reminders.settling import Finished
from db.scope import Database
from db.vocabulary import Channel
from delivery.outcomes import Sent

CLAIMED = Counter("carenotes_reminders_claimed_total", "Reminders taken from the queue to be sent", ["channel"])
ATTEMPTS = Counter(
    "carenotes_delivery_attempts_total", "Tries to hand a reminder to a provider", ["channel", "provider", "outcome"]
)
ATTEMPT_SECONDS = Histogram(
    "carenotes_delivery_attempt_seconds",
    "How long a provider took for a reminder",
    ["channel"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
SETTLED = Counter(
    "carenotes_reminders_settled_total", "Reminders at an end: SENT, DEAD and others", ["channel", "status"]
)
OPENED = Counter("carenotes_breaker_opened_total", "Times that a provider was found to be away", ["provider"])
RECEIPTS = Counter(
    "carenotes_delivery_receipts_total", "What providers told of what they accepted", ["channel", "kind"]
)
DUE = Gauge(
    "carenotes_reminders_due",
    "Reminders that are due, at most 10,000 of each tenant",
    ["channel", "priority"],
    multiprocess_mode="mostrecent",
)
OLDEST = Gauge(
    "carenotes_reminders_oldest_due_seconds",
    "For how long the reminder has been due that is due for longest",
    ["channel", "priority"],
    multiprocess_mode="mostrecent",
)


def batch(
    channel: Channel, provider: str, claimed: int, sent: Sequence[Sent | None], finished: Sequence[Finished]
) -> None:
    """What became of a batch that was claimed and settled."""
    CLAIMED.labels(channel).inc(claimed)
    seconds = ATTEMPT_SECONDS.labels(channel)
    outcomes: Counts[str] = Counts()
    for each in sent:
        if each is not None:
            outcomes[each.outcome.kind] += 1
            seconds.observe(each.finished - each.started)
    for outcome, count in outcomes.items():
        ATTEMPTS.labels(channel, provider, outcome).inc(count)
    for status, count in Counts(each.status for each in finished).items():
        SETTLED.labels(channel, status).inc(count)


async def read_backlog(database: Database) -> None:
    """Sets the gauges to what is due now, of all tenants."""
    scope = database.across_tenants()
    try:
        rows = await backlog(scope)
    finally:
        await scope.close()
    for row in rows:
        channel, priority, due, oldest, now = row
        DUE.labels(channel, priority).set(due)
        OLDEST.labels(channel, priority).set((now - oldest).total_seconds() if oldest else 0)
