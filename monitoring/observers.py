"""Who is told of operations, by the settings."""

from config import Settings
from monitoring.metrics import Operations
from monitoring.operations import Observer
from monitoring.slow import SlowOperations


def observers(settings: Settings) -> list[Observer]:
    told: list[Observer] = [SlowOperations(settings.slow_operation)]
    if settings.metrics_port or settings.metrics_token:
        told.append(Operations())
    return told
