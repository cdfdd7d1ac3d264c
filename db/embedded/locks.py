"""Locks that the kernel gives back when their holder dies, however it dies.

flock(2) and not lockf(3), which fasteners uses: a record lock belongs to a process, so that two users in one
process would share it, and the first to close its file would drop it for both. A flock belongs to the open
file, and goes with it to children.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.embedded.errors import EmbeddedError

PAUSE = 0.005


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def take(descriptor: int, *, shared: bool = False) -> bool:
    """Whether the lock could be had now. A lock that is already held changes its kind, or is lost."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def held(path: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock, or yield False when another process still has it after so many seconds."""
    descriptor = opened(path)
    try:
        deadline = time.monotonic() + seconds
        while not (taken := take(descriptor)) and time.monotonic() < deadline:
            time.sleep(PAUSE)
        yield taken
    finally:
        os.close(descriptor)


@contextmanager
def decisions(data_dir: Path, seconds: float) -> Iterator[None]:
    """Only one process at a time starts, adopts or stops the servers of a folder."""
    with held(data_dir / "lock", seconds) as taken:
        if not taken:
            raise EmbeddedError(
                f"Another process has been starting or stopping the servers in {data_dir} for"
                f" {seconds:.0f} s. `fuser -v {data_dir / 'lock'}` shows which one."
            )
        yield
