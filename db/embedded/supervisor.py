import contextlib
import logging
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from db.embedded import locks, programs, sockets
from db.embedded.account import Account, account, check_way, prepare
from db.embedded.errors import EmbeddedError
from db.embedded.postgres import Postgres
from db.embedded.valkey import Valkey

logger = logging.getLogger(__name__)

DECISION_SECONDS = 360.0  # longer than any start or stop of another
WATCH_SECONDS = 1.0
WATCH_AFTER_FAILURE = 30.0


@dataclass(slots=True)
class Supervisor:
    """One user of the servers of a folder.

    Each user holds a shared lock on the file `users` for as long as it lives. Whoever can have that lock
    alone is the first to come, or the last to leave.
    """

    data_dir: Path
    sockets: Path = field(init=False)
    _account: Account = field(init=False)
    _postgres: Postgres = field(init=False)
    _valkey: Valkey = field(init=False)
    _users: int = field(init=False)
    _left: threading.Event = field(init=False, default_factory=threading.Event)
    _watcher: threading.Thread = field(init=False)

    def enter(self) -> None:
        try:
            self._account = account()
            prepare(self.data_dir, self._account)
            with locks.decisions(self.data_dir, DECISION_SECONDS):
                self._settle(programs.installed())
                self._users = locks.opened(self.data_dir / "users")
                try:
                    self._begin()
                except BaseException:
                    self._end()
                    raise
        except OSError as error:
            raise EmbeddedError(f"The servers cannot run in {self.data_dir}: {error}.") from error
        self._watcher = threading.Thread(target=self._watch, name="carenotes-embedded", daemon=True)
        self._watcher.start()

    def leave(self) -> None:
        try:
            self._left.set()
            self._watcher.join()
        finally:
            with locks.decisions(self.data_dir, DECISION_SECONDS):
                self._end()

    def _begin(self) -> None:
        alone = locks.take(self._users)
        if alone:
            check_way(self.data_dir, self._account)
        # Before one who is alone there may have been one that was killed before it had made the roles.
        self._ensure(provision=alone)
        locks.take(self._users, shared=True)

    def _settle(self, usable: programs.Programs) -> None:
        self.sockets = sockets.folder(self.data_dir, self._account)
        self._postgres = Postgres(self.data_dir, self.sockets, self._account, usable)
        self._valkey = Valkey(self.data_dir, self.sockets, self._account, usable)

    def _well(self) -> bool:
        return self._postgres.well() and self._valkey.well()

    def _ensure(self, *, provision: bool) -> None:
        installed = programs.installed()
        if not self._well():
            self._settle(programs.reachable(installed, self._account, self.data_dir))
        self._valkey.ensure()
        if self._postgres.ensure() or provision:
            self._postgres.provision(installed.binary("psql"))

    def _end(self) -> None:
        try:
            if locks.take(self._users):
                self._stop()
        finally:
            os.close(self._users)

    def _stop(self) -> None:
        try:
            self._valkey.ask_to_stop()
            self._postgres.stop()
            self._valkey.stop()
        except BaseException:  # a second Ctrl-C: at once then, what was committed is on the disk
            self._postgres.family.end()
            self._valkey.family.end()
            raise
        with contextlib.suppress(OSError):
            self.sockets.rmdir()

    def _watch(self) -> None:
        """Start again what dies while it is used, and keep the logs from growing."""
        pause = WATCH_SECONDS
        while not self._left.wait(pause):
            try:
                with locks.held(self.data_dir / "lock", 0) as mine:
                    if mine and not self._left.is_set():
                        self._look_after()
                pause = WATCH_SECONDS
            except Exception:
                logger.exception("an embedded server could not be started again")
                pause = WATCH_AFTER_FAILURE

    def _look_after(self) -> None:
        if not self._well():
            logger.warning("an embedded server is gone: starting it again")
            self._ensure(provision=False)
        self._postgres.family.bound_log()
        self._valkey.family.bound_log()
