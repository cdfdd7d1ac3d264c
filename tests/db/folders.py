"""A folder of data with its embedded servers, and users of it in processes of their own."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import redis

from db.embedded import programs
from db.embedded.account import account
from db.embedded.postgres import Postgres
from db.embedded.valkey import Valkey

ROOT = Path(__file__).parents[2]
PSQL = programs.installed().binary("psql")
MEMORY = Path("/dev/shm")  # copying a folder of data takes a second on some disks
ROOMY = MEMORY.exists() and shutil.disk_usage(MEMORY).free > 2**30
IS_ROOT = os.geteuid() == 0

# A user of the servers in a process of its own: says when it is inside, and leaves when its input ends.
USER = """
import sys
from pathlib import Path
from db.embedded import running
with running(Path(sys.argv[1])) as servers:
    print(servers.admin_database_url, flush=True)
    sys.stdin.read()
"""


class Folder:
    """A folder of data, the processes that belong to it, and users of it."""

    def __init__(self, above: Path, name: str) -> None:
        self.above = above
        self.path = path = above / name
        self.users: list[subprocess.Popen[str]] = []
        self.postgres = Postgres(path, path, account(), programs.installed())
        self.valkey = Valkey(path, path, account(), programs.installed())

    def servers(self) -> list[psutil.Process]:
        return [*self.postgres.family.members(), *self.valkey.family.members()]

    def postmaster(self) -> psutil.Process:
        found = self.postgres.postmaster()
        assert found is not None
        return found[0]

    def user(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        self.users.append(process)
        return process

    def inside(self) -> subprocess.Popen[str]:
        process = self.user()
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://"), process.communicate()
        return process

    def log(self) -> str:
        return (self.path / "postgres.log").read_text()

    def close(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        left = self.servers()
        for process in left:
            process.kill()
        shutil.rmtree(self.above)
        assert not left, f"still running: {left}"


@contextlib.contextmanager
def folder(name: str = "data") -> Iterator[Folder]:
    """Not pytest's tmp_path, which is closed to the account that runs root's servers."""
    above = Path(tempfile.mkdtemp(prefix="carenotes-test-", dir=MEMORY if ROOMY else None))
    above.chmod(0o755)
    made = Folder(above, name)
    try:
        yield made
    finally:
        made.close()


def sql(url: str, statement: str) -> str:
    done = subprocess.run([PSQL, "-XAtq", "-d", url, "-c", statement], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout.strip()


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def ended(user: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = user.communicate(timeout=30)
    return user.returncode, errors


def answers(client: redis.Redis) -> bool:
    with contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def kept(database_url: str, redis_url: str) -> list[str]:
    value = redis.Redis.from_url(redis_url, decode_responses=True).get("kept")
    return [sql(database_url, "SELECT word FROM kept"), str(value)]
