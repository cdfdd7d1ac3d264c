"""`/metrics` of a process that serves nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from config import Settings
from db.scope import Database
from delivery.metrics import read_backlog
from endpoint.listening import listener
from endpoint.metrics import Metrics


@asynccontextmanager
async def measured(settings: Settings, database: Database) -> AsyncIterator[None]:
    """On METRICS_PORT for as long as the block lasts; nothing where there is none. Raises Misconfigured."""
    if settings.metrics_port is None:
        yield
        return
    metrics = Metrics(_nothing, settings, [read_backlog])

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await metrics({**scope, "state": {"database": database}}, receive, send)

    server = _Server(uvicorn.Config(answer, log_config=None, access_log=False, lifespan="off", server_header=False))
    with listener(settings.host, settings.metrics_port) as port:
        serving = asyncio.create_task(server.serve([port]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=404)(scope, receive, send)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are for the command, which stops us when it has stopped what it does."""
        yield
