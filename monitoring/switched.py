"""What the settings switch on: who is told of operations, what stands before the application, what runs beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from config import Settings
from db.scope import Database
from errors import Misconfigured
from monitoring import sampling
from monitoring.metrics import Operations
from monitoring.operations import Observer
from monitoring.slow import SlowOperations

if TYPE_CHECKING:
    from monitoring.telemetry import Telemetry


class Monitoring:
    """Raises Misconfigured where the settings want what is not installed."""

    def __init__(self, settings: Settings) -> None:
        self.observers: list[Observer] = [SlowOperations(settings.slow_operation)]
        self.middleware: list[Middleware] = []
        self._counts = bool(settings.metrics_port or settings.metrics_token)
        self._telemetry: Telemetry | None = None
        if self._counts:
            self.observers.append(Operations())
        if settings.telemetry:
            self._trace()

    def _trace(self) -> None:
        try:
            from monitoring import telemetry  # noqa: PLC0415  # an extra: nothing of it is imported unless it is wanted
        except ModuleNotFoundError as missing:
            raise Misconfigured(
                f"TELEMETRY needs the extra `telemetry` of carenotes: {missing.name} is not installed."
            ) from missing
        self._telemetry = telemetry.Telemetry(*telemetry.providers())
        self.observers.append(self._telemetry)
        self.middleware.append(Middleware(telemetry.Carried))

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """For as long as the application runs."""
        async with AsyncExitStack() as stack:
            if self._counts:
                await stack.enter_async_context(sampling.running(database))
            if self._telemetry is not None:
                stack.enter_context(self._telemetry.watching())
                # What is left is sent, and that may take a while.
                stack.push_async_callback(asyncio.to_thread, self._telemetry.shut_down)
            yield
