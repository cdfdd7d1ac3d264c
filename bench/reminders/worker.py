"""A dispatcher in a process of its own. Begins with a line on standard input; with `--say`, counts aloud."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from email.headerregistry import Address
from uuid import UUID

import uvloop

from config import Settings
from db.redis import connect
from db.reminders.backlog import backlog
from db.reminders.claiming import Claimed, due_lanes
from db.scope import Database
from db.vocabulary import Channel
from delivery.channels.email import Email
from delivery.dispatcher import Dispatcher, Pace
from delivery.gates.gate import Gate
from delivery.messenger import Messenger
from delivery.outcomes import Sent, accepted
from delivery.sender import Sender


class Nowhere:
    """Accepts everything at once."""

    provider = "nowhere"

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent]:
        now = asyncio.get_running_loop().time()
        return [Sent(accepted(), now, now)] * len(batch)


class Counted:
    """Counts what a sender is given."""

    def __init__(self, sender: Sender) -> None:
        self._sender, self.sent = sender, 0

    @property
    def provider(self) -> str:
        return self._sender.provider

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent | None]:
        sent = await self._sender.send(tenant_id, batch, stopping)
        self.sent += len(batch)
        return sent


def sender(database: Database, smtp_port: int) -> Sender:
    """Over SMTP in the words of a template, where there is a port; else without a provider."""
    if not smtp_port:
        return Nowhere()
    email = Email(Address("CareNotes", "reminders", "care.example"), "127.0.0.1", smtp_port, tls="none", connections=8)
    return Messenger(database, Channel.EMAIL, email)


async def work(arguments: argparse.Namespace) -> dict[str, float]:
    settings = Settings()
    database, redis = Database(settings), connect(settings)
    counted = Counted(sender(database, arguments.smtp_port))
    pace = Pace(loops=arguments.loops, batch=arguments.batch)
    dispatcher = Dispatcher(database, {Channel.EMAIL: counted}, pace, Gate(redis))
    # Connected, as a process that has been there for long.
    await _is_due(database)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began, cpu = time.perf_counter(), time.process_time()
    running = asyncio.create_task(dispatcher.run())
    saying = asyncio.create_task(_say(counted)) if arguments.say else None
    sent = -1
    # While it sends nobody asks: a dispatcher finds out by itself what is due, and that is what is measured.
    while not running.done() and (counted.sent > sent or await _is_due(database) or await _is_in_hand(database)):
        sent = counted.sent
        await asyncio.wait([running], timeout=0.1)
    dispatcher.stop()
    await running
    figures = {"sent": counted.sent, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    if saying is not None:
        saying.cancel()
    await redis.aclose()
    await database.close()
    return figures


async def _say(counted: Counted) -> None:
    while True:
        await asyncio.sleep(1)
        print(counted.sent, flush=True)


async def _is_due(database: Database) -> bool:
    scope = database.across_tenants()
    try:
        return bool(await due_lanes(scope, [Channel.EMAIL]))
    finally:
        await scope.close()


async def _is_in_hand(database: Database) -> bool:
    """Asked once nothing else is due, when it is cheap."""
    scope = database.across_tenants()
    try:
        return any(each.due for each in await backlog(scope))
    finally:
        await scope.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("--loops", Pace.loops), ("--batch", Pace.batch), ("--smtp-port", 0)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--say", action="store_true")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(work(arguments))))


if __name__ == "__main__":
    main()
