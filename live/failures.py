"""What goes wrong in loops that must go on."""

import asyncio
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

from errors import CareError

log = structlog.get_logger("carenotes")


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Writes it to the log instead of raising it: PostgreSQL or Redis away is a warning, anything else is a bug."""
    try:
        yield
    except (CareError, RedisError, OSError) as error:
        log.warning(what, error=type(error).__name__)
    except Exception as bug:  # noqa: BLE001  # one tenant's must not stand in the way of all others
        _log_bug(what, bug)
    heed_cancellation()


def heed_cancellation() -> None:
    """Raises CancelledError where the task was cancelled and did not hear of it.

    redis-py sends through `asyncio.wait_for`, which before Python 3.12 may swallow a cancellation that comes as it ends.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _log_bug(what: str, bug: Exception) -> None:
    frames = traceback.extract_tb(bug.__traceback__)
    # Not its message, which could quote a patient's data.
    log.error(what, error=type(bug).__name__, trace=[f"{each.filename}:{each.lineno} {each.name}" for each in frames])
