"""A server, a process of subscribers, and a writer at a steady pace."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import psutil

from auth import Role
from bench.stats.world import ROOT, World
from ids import encode

MIB = 2**20
_FIELDS = "kind cursor at node { id category priority shift status effectiveAt recordedAt version text %s }"
_RELATIONS = "patient { id name } author { id name } facility { id name }"
CREATE = """mutation ($patient: ID!, $text: String!) {
  createNote(input: {patientId: $patient, category: PROGRESS, text: $text}) { note { id } }
}"""
TEXT = "Slept well, ate half of the meal, walked to the garden and back with a stick. " * 2


def query(number: int = 0) -> str:
    """Another number, another operation."""
    return f"subscription Dashboard{number} {{ noteEvents {{ {_FIELDS % _RELATIONS} }} }}"


@dataclass
class Measured:
    subscribers: int
    events: int
    milliseconds: list[float] = field(default_factory=list)
    """From when an event was written to its last subscriber, which is more than from its commit."""
    processor_us: float = 0.0
    """The server's, for each message, with what writing the notes takes."""
    idle_kib: float = 0.0
    """What the server grew by with each subscriber that waits."""
    message_bytes: int = 0

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Bench:
    """Everything but the world is there for one block."""

    def __init__(self, world: World, http: httpx.AsyncClient, port: int, server: psutil.Process, client: Any) -> None:
        self._world, self._http, self._port, self._server, self._client = world, http, port, server, client
        self._patient = ""
        self._numbers = count(1)

    async def run(self, subscribers: int, rate: float, seconds: float, operations: int = 1) -> Measured:
        """`rate` is of events a second."""
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
        warm = 5
        await self._write(warm, rate)
        await self._ask({"expect": warm})
        began = _processor(self._server)
        await self._write(events, rate)
        answer = await self._ask({"expect": warm + events})
        measured.processor_us = (_processor(self._server) - began) * 1e6 / (events * subscribers)
        several = len(answer["milliseconds"]) // operations
        measured.milliseconds = [
            ms for n in range(operations) for ms in answer["milliseconds"][n * several + warm : (n + 1) * several]
        ]
        measured.message_bytes = answer["bytes"]
        await self._ask({})
        return measured

    async def _write(self, events: int, rate: float) -> None:
        """One note after the other, each at its time."""
        loop = asyncio.get_running_loop()
        begun, writing = loop.time(), list[asyncio.Task[None]]()
        for number in range(events):
            await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
            writing.append(asyncio.create_task(self._one()))
        await asyncio.gather(*writing)

    async def _one(self) -> None:
        if not self._patient:
            row = await self._world.owner.fetchval(
                "SELECT id FROM patients WHERE tenant_id = $1 AND status = 'ACTIVE' LIMIT 1", self._world.tenant_id
            )
            self._patient = encode("Patient", row)
        variables = {"patient": self._patient, "text": f"{next(self._numbers)}: {TEXT}"}
        answer = (await self._http.post("/graphql", json={"query": CREATE, "variables": variables})).json()
        assert "errors" not in answer, answer

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
    headers = {"Authorization": f"Bearer {world.token(Role.CLINICIAN)}"}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as http:
            await _until_up(http)
            yield Bench(world, http, port, psutil.Process(server.pid), client)
    finally:
        assert client.stdin
        client.stdin.close()
        await client.wait()
        with suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


async def _until_up(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await http.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
