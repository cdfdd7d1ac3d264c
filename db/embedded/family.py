import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGQUIT, Signals

import psutil

from db.embedded import locks
from db.embedded.account import Account
from db.embedded.errors import EmbeddedError
from db.embedded.programs import environment

LOG_LIMIT = 8_000_000


@dataclass(frozen=True, slots=True)
class Family:
    """A server with all its descendants, known by a lock that each of them holds.

    The lock's open file is inherited from the launch on, so the kernel knows at every instant, and without a
    process id that could be stale or reused, whether any of them lives.
    """

    name: str
    lock: Path
    log: Path
    account: Account
    programs: frozenset[str]
    path: str  # how an argument of the server begins
    title: str = "\0"  # how its children begin, where they have a title in place of arguments

    def launch(self, command: list[str], cwd: Path) -> None:
        """Start it in a session of its own, out of reach of the terminal's Ctrl-C and hang-up."""
        descriptor = locks.opened(self.lock)
        try:
            if not locks.take(descriptor):
                raise EmbeddedError(f"{self.name} is already running on {cwd}.")
            with self.log.open("ab") as log:
                server = subprocess.Popen(  # noqa: S603
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=cwd,
                    env=environment(),
                    pass_fds=(descriptor,),
                    start_new_session=True,
                    **self.account.identity(),
                )
        finally:
            os.close(descriptor)
        # Whoever stops it may be another process: without this, a dead server would stay here as a zombie.
        threading.Thread(target=server.wait, name=f"reap-{self.name}", daemon=True).start()

    def alive(self) -> bool:
        descriptor = locks.opened(self.lock)
        try:
            return not locks.take(descriptor)
        finally:
            os.close(descriptor)

    def gone_within(self, seconds: float, members: Iterable[psutil.Process] = ()) -> bool:
        """Members count for themselves, since the lock is lost when its folder is deleted."""
        deadline = time.monotonic() + seconds
        while self.alive() or any(map(self.owns, members)):
            if time.monotonic() > deadline:
                return False
            time.sleep(locks.PAUSE)
        return True

    def owns(self, process: psutil.Process) -> bool:
        """Whether this is one of ours, and not somebody who got a dead one's id."""
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if not words or Path(words[0].split(":")[0]).name not in self.programs:
                return False
            named = any(word.startswith(self.path) for word in words[1:])
            titled = " ".join(words).startswith(self.title)
            return (named or titled) and process.uids().real == self.account.uid
        return False

    def members(self) -> list[psutil.Process]:
        """Those that can be told from their command line, by a look at every process of the machine."""
        return [process for process in psutil.process_iter() if self.owns(process)]

    def signal(self, process: psutil.Process, number: Signals) -> None:
        """psutil compares the time of creation first, so that a reused id is never hit."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)

    def end(self) -> None:
        """Kill what is left, without ceremony. Descendants with another command line go with their parent."""
        # SIGQUIT first: PostgreSQL stops at once too, but takes its shared memory with it.
        for number in (SIGQUIT, *[SIGKILL] * 20):
            members = self.members()
            for process in members:
                self.signal(process, number)
            if self.gone_within(0.5, members):
                return
        raise EmbeddedError(f"What is left of {self.name} does not go away: `fuser -v {self.lock}` shows it.")

    def failed(self, what: str, advice: str = "") -> EmbeddedError:
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return EmbeddedError("\n".join([f"{self.name} {what}. {advice} The end of {self.log}:", *lines]))

    def bound_log(self) -> None:
        """Keep one log before this one. Truncated in place, since the server has it open (for appending)."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.with_suffix(".old.log").write_bytes(self.log.read_bytes()[-LOG_LIMIT:])
            os.truncate(self.log, 0)
