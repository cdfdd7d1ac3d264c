"""Contenders as processes."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.queries.contenders import Contender
from bench.queries.data import Case
from db.embedded import Servers

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
IDLE = 0.02
"""Seconds of processor time in a tenth of a second, at most."""


@dataclass(frozen=True)
class Running:
    contender: Contender
    port: int
    process: psutil.Process

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory(self) -> float:
        """Resident, in MiB, with that of processes below it."""
        return float(sum(p.memory_info().rss for p in (self.process, *self.process.children(recursive=True)))) / 2**20

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far, with that of processes below it."""
        times = [each.cpu_times() for each in (self.process, *self.process.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))

    def settle(self) -> None:
        """Waits until it has done with what it was asked by somebody who is gone, or for two minutes."""
        for _ in range(1_200):
            before = self.cpu
            time.sleep(0.1)
            if self.cpu - before < IDLE:
                break


@contextmanager
def started(contenders: Sequence[Contender], servers: Servers, case: Case, logs: Path) -> Iterator[list[Running]]:
    """All of them, each on a port of its own; what they log goes to files."""
    with ExitStack() as stack:
        running = [stack.enter_context(_process(each, servers, case, logs)) for each in contenders]
        for each in running:
            _wait_for(each, logs)
        yield running


@contextmanager
def _process(contender: Contender, servers: Servers, case: Case, logs: Path) -> Iterator[Running]:
    port = _free_port()
    environment = {**os.environ, **_settings(servers, case), **contender.environment, "PORT": str(port)}
    if contender.as_owner:
        environment["DATABASE_URL"] = servers.migration_database_url
    with (logs / f"{contender.name}.log").open("wb") as log:
        process = subprocess.Popen(
            contender.command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield Running(contender, port, psutil.Process(process.pid))
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it and whatever it started: what is left over would be measured with the next."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _settings(servers: Servers, case: Case) -> Mapping[str, str]:
    """As in production, with as many connections to PostgreSQL as everybody else has."""
    return {
        "ENVIRONMENT": "production",
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "LOG_FORMAT": "json",
        "HOST": "127.0.0.1",
        "WORKERS": "1",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "DATABASE_POOL_SIZE": "10",
        # Whoever is slow is to be measured, not refused.
        "DATABASE_WAIT": "60",
        # And so is whoever is fast: what is spent is counted all the same.
        "BUDGET": "1000000000",
        "TENANT_BUDGET": "1000000000",
        "JWT_SECRET": case.secret,
        "JWT_AUDIENCE": "carenotes",
    }


def _wait_for(running: Running, logs: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE and running.process.is_running():
        if running.process.status() == psutil.STATUS_ZOMBIE:
            break
        try:
            socket.create_connection(("127.0.0.1", running.port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    log = (logs / f"{running.contender.name}.log").read_text()
    raise RuntimeError(f"{running.contender.title} did not start:\n{log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
