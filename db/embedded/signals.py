"""Signals that would end the process at once become exceptions, so that `finally` runs.

uvicorn shuts down on SIGTERM and then sends itself the signal again with the handler from before: without one
of ours the process would die there, and leave its servers running.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def raised() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in ENDS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in taken:
            if signal.getsignal(number) is _exit:
                signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
