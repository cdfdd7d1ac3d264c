import hashlib
import os
import re
import stat
from pathlib import Path

from db.embedded.account import Account
from db.embedded.errors import EmbeddedError

# A socket's path has at most 103 bytes on macOS and 107 on Linux, and each client has its own way to quote a
# comma or a space in it.
FITS = re.compile(r"/[A-Za-z0-9/._-]{1,75}")


def folder(data_dir: Path, account: Account) -> Path:
    """Where the sockets are: always the same for one folder of data, whatever the environment of who asks.

    Not $XDG_RUNTIME_DIR: it differs between a terminal and a cron job, and is emptied when its user logs out.
    """
    inside = data_dir / "sockets"
    if FITS.fullmatch(str(inside)):
        return account.private(inside)
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    outside = Path("/tmp") / f"carenotes-{account.uid}-{mark}"  # noqa: S108 (verified below)
    try:
        outside.mkdir(mode=0o700)
        account.own(outside)
    except FileExistsError:
        found = outside.lstat()
        # Made by root and not yet handed over, when a start was killed in between.
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            account.own(outside)
            found = outside.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
            raise EmbeddedError(f"{outside} is needed for sockets, but somebody else made it.") from None
    return outside
