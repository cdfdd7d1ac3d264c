"""What is measured of events, in Prometheus's registry. No tenant is a label.

Counters are of this process. What waits is what the relay saw when it last looked, of all tenants.
"""

from prometheus_client import Counter, Gauge

RELAYED = Counter("carenotes_events_relayed_total", "Events that got their position", ["type"])
WAITING = Gauge("carenotes_events_waiting", "Events that have no position yet", multiprocess_mode="mostrecent")
OLDEST = Gauge(
    "carenotes_events_oldest_waiting_seconds",
    "For how long the event has waited for its position that has waited for longest",
    multiprocess_mode="mostrecent",
)
FILLED = Counter("carenotes_streams_filled_total", "Times that events which Redis lacked were copied to it")
FOLLOWERS = Gauge("carenotes_event_followers", "Those who follow a tenant's events", multiprocess_mode="livesum")
REREAD = Counter(
    "carenotes_events_reread_total",
    "Events that were no longer at hand for a follower, or never came from Redis",
    ["source"],
)
EXPIRED = Counter("carenotes_events_expired_total", "Followers who came back too late")
