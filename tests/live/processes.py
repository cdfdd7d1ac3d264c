"""Two servers and a relay as processes of their own, to be killed at any instant and started again."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

import httpx

from db.embedded import Servers
from tests.api import until_up
from tests.db.folders import ROOT
from tests.test_server import free_port

SECRET = secrets.token_urlsafe(48)


class Processes:
    def __init__(self, servers: Servers) -> None:
        self._environment = os.environ | {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "JWT_SECRET": SECRET,
            "DATABASE_WAIT": "60",
            "LOG_LEVEL": "error",
            "DISPATCHING": "false",
            "RELAYING": "false",
            # Subscribers come back as often as they like: what is looked for is loss, not load.
            **dict.fromkeys(("BUDGET", "TENANT_BUDGET"), "0"),
            **dict.fromkeys(("SUBSCRIPTIONS_PER_PRINCIPAL", "SUBSCRIPTIONS_PER_TENANT"), "10000"),
        }
        self._ports = [free_port(), free_port()]
        self.addresses = [f"http://127.0.0.1:{port}" for port in self._ports]
        self._servers: list[asyncio.subprocess.Process] = []
        self._relay: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when both servers answer."""
        self._servers = [await self._serve(number) for number in range(2)]
        self._relay = await self._started("relay")
        await asyncio.gather(*map(_until_up, self.addresses))

    async def kill_server(self, number: int) -> None:
        await _killed(self._servers[number])
        self._servers[number] = await self._serve(number)

    async def kill_relay(self) -> None:
        assert self._relay is not None
        await _killed(self._relay)
        self._relay = await self._started("relay")

    async def stop(self) -> None:
        for process in [*self._servers, self._relay]:
            if process is not None:
                await _killed(process)

    async def _serve(self, number: int) -> asyncio.subprocess.Process:
        return await self._started("serve", PORT=str(self._ports[number]))

    async def _started(self, command: str, **environment: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("carenotes")), command),
            cwd=ROOT,
            env=self._environment | environment,
            stdout=asyncio.subprocess.DEVNULL,
        )


async def _until_up(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as http:
        await until_up(http)


async def _killed(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
