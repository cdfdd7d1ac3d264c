"""CareNotes behind a socket, in the process of the tests."""

import asyncio
from typing import Any

import uvicorn

from config import Settings
from server import create_app


class serving:  # noqa: N801  # reads as what it is: `async with serving(settings) as address`
    """Runs the application in this process on a free port of the loopback."""

    def __init__(self, settings: Settings) -> None:
        config = uvicorn.Config(
            create_app(settings),
            port=0,
            log_config=None,
            access_log=False,
            http="endpoint.protocols:Http",
            ws="endpoint.protocols:WebSocket",
            ws_max_size=settings.body_limit,
            ws_per_message_deflate=False,
        )
        self._server = uvicorn.Server(config)

    async def __aenter__(self) -> str:
        self._task = asyncio.create_task(self._server._serve())
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    @property
    def state(self) -> dict[str, Any]:
        """What requests find in `request.state`."""
        state: dict[str, Any] = self._server.lifespan.state
        return state

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task
