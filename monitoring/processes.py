"""Several processes, one scrape: each keeps its counts in files of a folder that they share (prometheus-client's
multiprocess mode), and whichever is asked adds them up."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from prometheus_client import REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_by_workers() -> Iterator[None]:
    """Around what starts them. The library looks for the folder when it is imported, so this process is not counted."""
    folder = tempfile.mkdtemp(prefix="carenotes-metrics-")
    os.environ[_FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


def counted() -> Collector:
    """What was counted by this process, or by all that share a folder."""
    folder = os.environ.get(_FOLDER)
    if folder is None:
        return REGISTRY
    _forget_the_dead(Path(folder))
    return cast(Collector, MultiProcessCollector(None, folder))  # type: ignore[no-untyped-call]


def _forget_the_dead(folder: Path) -> None:
    """A worker that was replaced has no connections any more. What it has counted still counts."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # it lives, as somebody else
