"""The server as a process: how it starts, stops, and what a kill leaves behind."""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import asyncpg
import httpx
import psutil
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.conftest import SECRET
from tests.factories import House

ROOT = Path(__file__).parent.parent
PATIENCE = 30.0


class Process:
    """A server in a process of its own, and everything that it started."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process, self.address, self.log = process, f"http://127.0.0.1:{port}", log

    async def ready(self) -> float:
        """Seconds until it can serve."""
        begun = monotonic()
        async with httpx.AsyncClient() as client:
            while monotonic() - begun < PATIENCE:
                if self.process.returncode is not None:
                    break
                try:
                    if (await client.get(f"{self.address}/health/ready")).status_code == 200:
                        return monotonic() - begun
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> set[int]:
        """Their pids. One that has ended and was not waited for yet is none any more."""
        living = (child for child in self.children() if child.status() != psutil.STATUS_ZOMBIE)
        return {child.pid for child in living if "spawn_main" in " ".join(child.cmdline())}

    async def ended(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def started(environment: dict[str, str], *arguments: str) -> AsyncIterator[Process]:
    port, log = free_port(), Path(tempfile.mkstemp(suffix=".log")[1])
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "server.py",
            *arguments,
            cwd=ROOT,
            env={**os.environ, **environment, "PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Process(process, port, log)
    try:
        await server.ready()
        yield server
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        log.unlink()


@pytest.fixture
def on_embedded_servers() -> Iterator[dict[str, str]]:
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    yield {"DATA_DIR": str(folder), "JWT_SECRET": SECRET}
    shutil.rmtree(folder)


async def gone(processes: list[psutil.Process]) -> bool:
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=PATIENCE)
    return not alive


def left_in(folder: str) -> list[psutil.Process]:
    """The processes that were started with something of this folder."""
    return [each for each in psutil.process_iter(["cmdline"]) if folder in " ".join(each.info["cmdline"] or ())]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_request_in_flight_is_answered_before_the_server_stops(
    how: signal.Signals, on_test_servers: dict[str, str], settings: Settings, owner: asyncpg.Pool, house: House
) -> None:
    async with started(on_test_servers) as server, httpx.AsyncClient(base_url=server.address, timeout=60) as http:
        api = Api(http, settings).as_(Role.ADMIN, house.tenant)
        async with owner.acquire() as lock:
            held = lock.transaction()
            await held.start()
            await lock.execute("LOCK TABLE patients IN ACCESS EXCLUSIVE MODE")
            asking = asyncio.create_task(api.ask("{ patients { totalCount } }"))
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'patients'::regclass"
            while not await lock.fetchval(waiting):
                await asyncio.sleep(0.01)
            server.process.send_signal(how)
            while "Shutting down" not in server.log.read_text():
                await asyncio.sleep(0.01)
            await held.rollback()
        assert await asking == {"patients": {"totalCount": 3}}
        # uvicorn raises the signal again once it has stopped, as a shell expects of a process that was told to end.
        assert await server.ended() in (0, 128 + how, -how)
        assert "Traceback" not in server.log.read_text()


async def test_embedded_servers_stop_with_the_last_and_keep_their_data(on_embedded_servers: dict[str, str]) -> None:
    creating = 'mutation { createTenant(input: {name: "T", slug: "kept", timeZone: "UTC"}) { tenant { id } } }'
    settings = Settings(jwt_secret=SECRET)
    async with started(on_embedded_servers) as server, httpx.AsyncClient(base_url=server.address) as http:
        created = await Api(http, settings).as_(Role.PLATFORM_ADMIN).ask(creating)
        server.process.terminate()
        await server.ended()
    assert left_in(on_embedded_servers["DATA_DIR"]) == []
    begun = monotonic()
    async with started(on_embedded_servers) as server, httpx.AsyncClient(base_url=server.address) as http:
        assert monotonic() - begun < 10
        api = Api(http, settings).as_(Role.PLATFORM_ADMIN)
        kept = await api.ask("{ tenants { edges { node { id } } } }")
        assert kept["tenants"]["edges"] == [{"node": created["createTenant"]["tenant"]}]
        # As an operator at three in the morning would not: the server is killed, the servers below it live on.
        server.process.kill()
        await server.ended()
    async with started(on_embedded_servers) as server, httpx.AsyncClient(base_url=server.address) as http:
        api = Api(http, settings).as_(Role.PLATFORM_ADMIN)
        assert await api.ask("{ tenants { edges { node { id } } } }") == kept
        server.process.terminate()
        await server.ended()
    assert left_in(on_embedded_servers["DATA_DIR"]) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_workers_end_with_their_parent(how: signal.Signals, on_test_servers: dict[str, str]) -> None:
    async with started(on_test_servers, "--workers", "2") as server:
        workers = server.children()
        assert len(workers) >= 2
        server.process.send_signal(how)
        await server.ended()
        assert await gone(workers)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", int(server.address.rpartition(":")[2])))


async def test_a_worker_that_is_killed_is_replaced(on_test_servers: dict[str, str]) -> None:
    async with started(on_test_servers, "--workers", "2") as server:
        before = server.workers()
        assert len(before) == 2
        killed = psutil.Process(min(before))
        # It no longer answers, so the parent is waiting for its answer when it dies.
        killed.suspend()
        await asyncio.sleep(1)
        killed.kill()
        begun = monotonic()
        while monotonic() - begun < PATIENCE / 2:
            if len(now := server.workers()) == 2 and now != before:
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("nobody took its place")
        assert await server.ready() < PATIENCE
