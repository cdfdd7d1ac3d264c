"""How many subscriptions a connection, a principal and a tenant may have in a process at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from auth import Principal
from config import Settings
from errors import TooManySubscriptions
from monitoring import metrics


class Limits:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counts: Counter[object] = Counter()

    @contextmanager
    def one_more(self, connection: object, principal: Principal) -> Iterator[None]:
        """Counts as long as the block lasts. Raises TooManySubscriptions."""
        settings, counts = self._settings, self._counts
        counted = [
            ((connection,), settings.subscriptions_per_connection, "A connection"),
            ((principal.tenant_id, principal.subject), settings.subscriptions_per_principal, "A principal"),
            (principal.tenant_id, settings.subscriptions_per_tenant, "A tenant"),
        ]
        for key, limit, who in counted:
            if counts[key] >= limit:
                raise TooManySubscriptions(
                    f"{who} has up to {limit} subscriptions at once. Complete one, then try again."
                )
        for key, _, _ in counted:
            counts[key] += 1
        metrics.subscriptions.inc()
        try:
            yield
        finally:
            metrics.subscriptions.dec()
            for key, _, _ in counted:
                counts[key] -= 1
                if not counts[key]:
                    del counts[key]
