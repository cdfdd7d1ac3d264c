"""A dispatcher in a process of its own, whose provider writes down what it takes: to be killed at any instant."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from config import Settings
from db.reminders.claiming import Claimed
from db.scope import Database
from db.vocabulary import Channel
from delivery.dispatcher import Dispatcher, Pace
from delivery.outcomes import Sent, accepted

ROOT = Path(__file__).parents[2]


class WritesDown:
    """Takes a message once it is on the file, as a provider does before it answers."""

    provider = "file"

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND)

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent]:
        now, sent = asyncio.get_running_loop().time, []
        for claimed in batch:
            started = now()
            os.write(self._file, f"{claimed[0]}\n".encode())
            await asyncio.sleep(0.002)  # as a network takes: so that a kill finds it in the middle
            sent.append(Sent(accepted(), started, now()))
        return sent


class Skewed(asyncio.SelectorEventLoop):
    """Its clock is ahead by an hour for each process before: nothing may depend on what it shows."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def taken(file: Path) -> Counter[UUID]:
    """What the provider has taken, and how often. A line that was being written counts for nothing."""
    lines = file.read_text().splitlines()
    return Counter(UUID(line) for line in lines if len(line) == 36)


async def started(database_url: str, file: Path, lease: float, ahead: float = 0.0) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.delivery.killable", str(file), str(lease), str(ahead)),
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url},
    )


async def work(file: Path, lease: float) -> None:
    pace = Pace(loops=3, batch=100, lease=timedelta(seconds=lease), poll=0.1)
    await Dispatcher(Database(Settings()), {Channel.EMAIL: WritesDown(file)}, pace).run()


def main(file: str, lease: str, ahead: str) -> None:
    Skewed.ahead = float(ahead)
    with asyncio.Runner(loop_factory=Skewed) as runner:
        runner.run(work(Path(file), float(lease)))


if __name__ == "__main__":
    main(*sys.argv[1:])
