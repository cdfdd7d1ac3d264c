"""A dispatcher in a process of its own, with a channel that takes everything at once. Begins with a line on standard input."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from uuid import UUID

import uvloop

from config import Settings
from db.reminders.claiming import Claimed, due_lanes
from db.scope import Database
from db.vocabulary import Channel
from delivery.dispatcher import Dispatcher, Pace
from delivery.outcomes import Sent, accepted


class Nowhere:
    """Accepts, and counts."""

    provider = "nowhere"

    def __init__(self) -> None:
        self.sent = 0

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent]:
        now = asyncio.get_running_loop().time()
        self.sent += len(batch)
        return [Sent(accepted(), now, now)] * len(batch)


async def work(pace: Pace) -> dict[str, float]:
    database, nowhere = Database(Settings()), Nowhere()
    dispatcher = Dispatcher(database, {Channel.EMAIL: nowhere}, pace)
    # Connected, as a process that has been there for long.
    await _is_due(database)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began, cpu = time.perf_counter(), time.process_time()
    running = asyncio.create_task(dispatcher.run())
    while not running.done() and await _is_due(database):
        await asyncio.sleep(0.1)
    dispatcher.stop()
    await running
    figures = {"sent": nowhere.sent, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    await database.close()
    return figures


async def _is_due(database: Database) -> bool:
    scope = database.across_tenants()
    try:
        return bool(await due_lanes(scope, [Channel.EMAIL]))
    finally:
        await scope.close()


def main(loops: str, batch: str) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(work(Pace(loops=int(loops), batch=int(batch))))))


if __name__ == "__main__":
    main(*sys.argv[1:])
