"""A server, a process of subscribers, and a writer at a steady pace."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from auth import Role
from bench.stats.world import ROOT, World, until_up
from db import outbox
from db.event_kinds import NoteEventKind
from live.running import hinting

MIB = 2**20
_FIELDS = "kind cursor at node { id category priority shift status effectiveAt recordedAt version text %s }"
_RELATIONS = "patient { id name } author { id name } facility { id name }"
WARM = 5
"""Events before those that count."""


def query(number: int = 0) -> str:
    """Another number, another operation."""
    return f"subscription Dashboard{number} {{ noteEvents {{ {_FIELDS % _RELATIONS} }} }}"


@dataclass
class Measured:
    subscribers: int
    events: int
    milliseconds: list[float] = field(default_factory=list)
    """From an event's commit to its last subscriber."""
    processor_us: float = 0.0
    """The server's, for each message."""
    idle_kib: float = 0.0
    """What the server grew by with each subscriber that waits."""
    message_bytes: int = 0

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Bench:
    """Everything but the world is there for one block."""

    def __init__(self, world: World, port: int, server: psutil.Process, client: Any) -> None:
        self._world, self._port, self._server, self._client = world, port, server, client

    async def run(self, subscribers: int, rate: float, seconds: float, operations: int = 1) -> Measured:
        """`rate` is of events a second. Raises RuntimeError where they could not be written at that pace."""
        await self._at_rest()
        before = self._server.memory_info().rss
        order = {
            "count": subscribers,
            "queries": [query(n) for n in range(operations)],
            "token": self._world.token(Role.ADMIN),
            "port": self._port,
        }
        await self._ask(order)
        await asyncio.sleep(1.0)  # until all of them wait: the last was acknowledged a moment ago
        events = round(rate * seconds)
        measured = Measured(subscribers, events)
        measured.idle_kib = (self._server.memory_info().rss - before) / 1024 / subscribers
        await self._write(WARM, rate)
        await self._ask({"expect": WARM})
        began = _processor(self._server)
        committed = await self._write(events, rate)
        answer = await self._ask({"expect": WARM + events})
        measured.processor_us = (_processor(self._server) - began) * 1e6 / (events * subscribers)
        measured.milliseconds = [
            (arrived - at) * 1000
            for arrivals in answer["arrived"]
            for at, arrived in zip(committed, arrivals[WARM:], strict=True)
        ]
        measured.message_bytes = answer["bytes"]
        await self._ask({})
        return measured

    async def _at_rest(self) -> None:
        """Until no event waits for the relay: else some subscribers would get it, and others not."""
        async with asyncio.timeout(60):
            while await self._world.owner.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110  # a table
                await asyncio.sleep(0.05)

    async def _write(self, events: int, rate: float) -> list[float]:
        """One after the other, each at its time: when each was committed, in seconds since the epoch."""
        tenant_id, committed = self._world.tenant_id, list[float]()
        note_id = await self._world.owner.fetchval("SELECT id FROM notes WHERE tenant_id = $1 LIMIT 1", tenant_id)
        begun = time.time()
        for number in range(events):
            await asyncio.sleep(max(0.0, begun + number / rate - time.time()))
            async with self._world.database.write(tenant_id) as scope:
                await outbox.append(scope, NoteEventKind.UPDATED, note_id)
            committed.append(time.time())
        if (took := time.time() - begun) > 1.1 * events / rate + 0.1:
            raise RuntimeError(f"{events} events at {rate} a second took {took:.1f} s")
        return committed

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self._client.stdin.write(json.dumps(order).encode() + b"\n")
        await self._client.stdin.drain()
        answer: dict[str, Any] = json.loads(await self._client.stdout.readline())
        return answer


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def started(world: World, *, shared: bool = True) -> AsyncIterator[Bench]:
    """A server and a process of subscribers, both without limits that would get into the way."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert world.settings.jwt_secret
    environment = {
        "DATABASE_URL": str(world.settings.database_url),
        "REDIS_URL": str(world.settings.redis_url),
        "JWT_SECRET": world.settings.jwt_secret.get_secret_value(),
        "PORT": str(port),
        "LOG_LEVEL": "warning",
        "DISPATCHING": "false",
        "DATABASE_WAIT": "60",
        "BUDGET": "0",
        "TENANT_BUDGET": "0",
        "SUBSCRIPTIONS_PER_PRINCIPAL": "10000",
        "SHARED_SUBSCRIPTIONS": str(shared).lower(),
    }
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "server.py"), cwd=ROOT, env={**os.environ, **environment}, stdout=asyncio.subprocess.DEVNULL
    )
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.live.subscribers"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * MIB,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await until_up(http)
        async with hinting(world.settings):
            yield Bench(world, port, psutil.Process(server.pid), client)
    finally:
        assert client.stdin
        client.stdin.close()
        await client.wait()
        with suppress(ProcessLookupError):
            server.terminate()
        await server.wait()
