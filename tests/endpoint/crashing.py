"""A server in a process of its own that can be told to die at the worst moment: the work is done, the answer is not sent."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config import Settings
from server import create_app


class Crashable:
    """Client and server share the listening socket, so that a request waits for a server that is starting."""

    def __init__(self, settings: Settings, root: Path) -> None:
        assert settings.database_url
        assert settings.redis_url
        assert settings.jwt_secret
        self._root, self._folder = root, tempfile.TemporaryDirectory()
        self._flag = Path(self._folder.name) / "crash"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._environment = os.environ | {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "JWT_SECRET": settings.jwt_secret.get_secret_value(),
            "DATA_DIR": self._folder.name,
        }
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._socket.getsockname()[1]}", timeout=30)

    async def __aenter__(self) -> "Crashable":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        self._socket.close()
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        self._folder.cleanup()

    async def start(self) -> None:
        self._flag.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.endpoint.crashing", str(self._socket.fileno()), str(self._flag)]
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=self._root, env=self._environment, pass_fds=[self._socket.fileno()]
        )

    def crash_at_next_answer(self) -> None:
        self._flag.touch()

    async def died(self) -> int:
        return await asyncio.wait_for(self._process.wait(), 10)


class Crash:
    """Dies by SIGKILL where the answer to a POST would begin, if the flag is there."""

    def __init__(self, app: ASGIApp, flag: Path) -> None:
        self.app, self.flag = app, flag

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def die(message: Message) -> None:
            if message["type"] == "http.response.start" and self.flag.exists():
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        posted = scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/graphql")
        await self.app(scope, receive, die if posted else send)


def main(descriptor: str, flag: str) -> None:
    config = uvicorn.Config(Crash(create_app(), Path(flag)), log_config=None, access_log=False, ws="none")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
