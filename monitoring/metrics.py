"""What this process counts, for Prometheus. In the default registry, as are those of `delivery/` and `live/`.

Labels are bounded: a client can send any name and any document, and must not be able to fill the memory with series.
"""

from weakref import WeakKeyDictionary

from prometheus_client import Counter, Gauge, Histogram

from executor import Operation
from monitoring.operations import Ended, Identity, Ran, identity

OFTEN = 10
"""Times that a process is asked for a document before its operations have series of their own."""
MOST = 200
"""Operations with series of their own, in a process. All others are `other`."""

_OPERATION = ("operation", "document", "type")

requests = Counter(
    "carenotes_http_requests", "Requests that were answered, by method and status.", ("method", "status")
)
seconds = Histogram(
    "carenotes_operation_seconds",
    "Seconds that operations took, from when they were understood to when their result was there.",
    _OPERATION,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
cost = Histogram(
    "carenotes_operation_cost",
    "What operations that were let in could cost at most, as `@cost` and `@listSize` count it.",
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000),
)
statements = Counter("carenotes_operation_statements", "SQL statements that operations ran.", _OPERATION)
whole = Counter("carenotes_operations_answered_whole", "Operations that one SQL statement answered.", _OPERATION)
failed = Counter(
    "carenotes_operations_failed", "Operations whose answer has errors, or that were given up.", _OPERATION
)
errors = Counter("carenotes_errors", "Errors that clients were told of, by code.", ("code",))
verdicts = Counter("carenotes_cache_reads", "Reads of statistics, by where they came from.", ("verdict",))
subscriptions = Gauge(
    "carenotes_subscriptions",
    "Operations that are being answered over WebSockets, server-sent events and multipart.",
    multiprocess_mode="livesum",
)
pooled = Gauge(
    "carenotes_database_connections",
    "Connections to PostgreSQL for requests: in use, idle, and requests that wait for one.",
    ("state",),
    multiprocess_mode="livesum",
)
loop_lag = Gauge(
    "carenotes_event_loop_lag_seconds",
    "How late the event loop was when it last looked; of several processes, the worst.",
    multiprocess_mode="livemax",
)

_METHODS = frozenset({"GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH"})
_requests: dict[tuple[str, int], Counter] = {}


def count_request(method: str, status: int) -> None:
    """`status` 0: the client was gone before there was an answer."""
    if (counter := _requests.get((method, status))) is None:
        counter = requests.labels(method if method in _METHODS else "other", status or "none")
        if method in _METHODS:
            _requests[method, status] = counter
    counter.inc()


class _Series:
    """The series of an operation, looked up once."""

    def __init__(self, labels: Identity) -> None:
        self.seconds, self.statements = seconds.labels(*labels), statements.labels(*labels)
        self.whole, self.failed = whole.labels(*labels), failed.labels(*labels)


class Operations:
    """Counts the operations of an engine: an observer."""

    def __init__(self, often: int = OFTEN, most: int = MOST) -> None:
        self._often, self._most = often, most
        self._times: WeakKeyDictionary[Operation, int] = WeakKeyDictionary()
        self._series: WeakKeyDictionary[Operation, _Series] = WeakKeyDictionary()
        self._named: dict[Identity, _Series] = {}
        self._others: dict[str, _Series] = {}

    def __call__(self, _: Operation) -> Ended:
        return self._count

    def _count(self, ran: Ran) -> None:
        series = self._series.get(ran.operation) or self._found(ran.operation)
        series.seconds.observe(ran.seconds)
        series.statements.inc(ran.statements)
        if ran.whole:
            series.whole.inc()
        if ran.result is None or ran.result.errors:
            series.failed.inc()
        for read in ran.figures_read:
            verdicts.labels(read.cached.verdict).inc()

    def _found(self, operation: Operation) -> _Series:
        """Its own, once it was asked for often enough and as long as there is room; those of all others until then."""
        times = self._times[operation] = self._times.get(operation, 0) + 1
        named = self._named.get(identity(operation))
        if named is None and times >= self._often and len(self._named) < self._most:
            named = self._named[identity(operation)] = _Series(identity(operation))
        if named is not None:
            self._series[operation] = named
            return named
        kind = operation.kind.value
        if kind not in self._others:
            self._others[kind] = _Series(Identity("other", "", kind))
        return self._others[kind]
