import contextlib
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from db.embedded import locks
from db.embedded.account import Account
from db.embedded.family import Family
from db.embedded.programs import Programs

START_SECONDS = 60.0
ANSWER_SECONDS = 10.0
STOP_SECONDS = 15.0

# Events wait for their readers here and budgets are leased from here: nothing may be evicted, and a crash of
# the machine may cost a second at most (what matters is in PostgreSQL, and fills the streams again).
SETTINGS = """\
port 0
unixsocket {socket}
unixsocketperm 700
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
save ""
daemonize no
logfile ""
loglevel notice
set-proc-title no
"""


@dataclass(frozen=True, slots=True)
class Valkey:
    data_dir: Path
    sockets: Path
    account: Account
    programs: Programs

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def family(self) -> Family:
        return Family(
            name="Valkey",
            lock=self.data_dir / "valkey.alive",
            log=self.data_dir / "valkey.log",
            account=self.account,
            programs=frozenset({"valkey-server"}),
            path=str(self.data_dir / "valkey.conf"),
        )

    def ensure(self) -> bool:
        """Adopt the running server, or start one. Whether it was started."""
        folder = self.data_dir / "valkey"
        if not folder.exists():
            self.family.end()  # one that still runs on a folder that was deleted
        if self.family.alive():
            if self._answers_within(ANSWER_SECONDS):
                return False
            self.family.end()
        settings = self.data_dir / "valkey.conf"
        settings.write_text(SETTINGS.format(socket=self.socket))
        settings.chmod(0o644)
        self.family.bound_log()
        self.family.launch([str(self.programs.valkey), str(settings)], cwd=self.account.private(folder))
        if not self._answers_within(START_SECONDS):
            error = self.family.failed("did not start", f"All in {folder} can be made again: move it away.")
            self.family.end()
            raise error
        return True

    def _answers_within(self, seconds: float) -> bool:
        """While it loads its file it answers that it is loading, and has as long as it needs."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.family.alive():
            answer = self._ping()
            if answer.startswith(b"+PONG"):
                return True
            if answer.startswith(b"-LOADING"):
                deadline = time.monotonic() + seconds
            time.sleep(locks.PAUSE)
        return False

    def _ping(self) -> bytes:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64)
        return b""

    def well(self) -> bool:
        return self.family.alive() and self.socket.exists()

    def ask_to_stop(self) -> None:
        for process in self.family.members():
            self.family.signal(process, SIGTERM)

    def stop(self) -> None:
        if not self.family.gone_within(STOP_SECONDS):
            self.family.end()
        self.socket.unlink(missing_ok=True)
