"""The ASGI application: settings, lifespan, routes."""

import asyncio
import gc
import multiprocessing
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from typing import TypedDict

import uvicorn
from asgi_correlation_id import CorrelationIdMiddleware
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette_compress import CompressMiddleware

from config import Settings
from db import guard, redis, servers
from db.cache import Cache
from db.cache.documents import PersistedDocuments
from db.cache.leases import Leases
from db.scope import Database
from delivery.running import dispatching
from endpoint import browsers, demo, errors, health, logs, mailbox, metrics, pages
from endpoint.compression import SMALLEST, Compressed
from endpoint.documents import Sources
from endpoint.engine import create_engine
from endpoint.limits import Gate
from endpoint.listening import listener
from endpoint.live.answers import Live
from endpoint.live.reservations import Reservations
from endpoint.receipts import Receipts
from endpoint.status import status
from endpoint.unsubscribe import Unsubscribe
from endpoint.view import At, Endpoint
from endpoint.workers import Workers
from live.running import following, hinting, relaying
from loaders.warming import Warming
from monitoring.processes import shared_by_workers
from monitoring.switched import Monitoring


class State(TypedDict):
    """What requests find in `request.state`."""

    database: Database
    redis: Redis
    cache: Cache
    warming: Warming
    gate: Gate
    live: Live
    reservations: Reservations
    persisted: PersistedDocuments


def create_app(settings: Settings | None = None) -> Starlette:
    """The application. Its servers are up between the lifespan's start and end."""
    settings = settings or Settings()
    logs.configure(settings)
    monitoring = Monitoring(settings)
    engine = create_engine(settings, monitoring.observers)
    sources = Sources(settings, engine)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        with servers.provided(settings) as complete:
            database = Database(complete)
            shared = redis.connect(complete)
            cache = Cache(shared)
            warming = Warming(database, cache, shared)
            at_work = None
            try:
                await guard.wait_and_check(database)
                _end_with_parent()
                _settle_memory()
                _share_the_processor()
                if settings.statistics_warming:
                    at_work = asyncio.create_task(warming.run())
                async with AsyncExitStack() as stack:
                    await stack.enter_async_context(monitoring.running(database))
                    if settings.dispatching:
                        await stack.enter_async_context(dispatching(complete))
                    await stack.enter_async_context(relaying(complete) if settings.relaying else hinting(complete))
                    feed = await stack.enter_async_context(following(complete))
                    persisted = PersistedDocuments(shared, settings.persisted_documents_limit)
                    gate = Gate(settings, engine, Leases(shared))
                    live = Live(complete, engine, gate, database, cache, warming, feed, sources, persisted)
                    yield {
                        "database": database,
                        "redis": shared,
                        "cache": cache,
                        "warming": warming,
                        "gate": gate,
                        "live": live,
                        "reservations": Reservations(live, settings.body_limit),
                        "persisted": persisted,
                    }
            finally:
                if at_work:
                    at_work.cancel()
                await shared.aclose()
                await database.close()

    return Starlette(
        routes=[
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            Route("/status", status(settings)),
            Route("/", pages.dashboard),
            Mount("/assets", pages.assets()),
            demo.menu(settings),
            Route("/receipts/{channel}", Receipts(settings).take, methods=["POST"]),
            *mailbox.routes(settings),
            Route("/unsubscribe/{token}", Unsubscribe(settings).answer, methods=["GET", "POST"]),
        ],
        middleware=[
            *metrics.middleware(settings),
            *monitoring.middleware,
            Middleware(CorrelationIdMiddleware, header_name="X-Correlation-ID"),
            Middleware(browsers.Secured, production=settings.environment == "production"),
            *browsers.cors(settings),
            Middleware(logs.RequestLog),
            # Before the router: it and what catches its errors would cost a request of GraphQL a twentieth.
            Middleware(At, path="/graphql", endpoint=Compressed(Endpoint(settings, engine, sources))),
            Middleware(CompressMiddleware, minimum_size=SMALLEST),
        ],
        exception_handlers={HTTPException: errors.no_route},
        lifespan=lifespan,
    )


def _share_the_processor() -> None:
    """A long document is validated in a thread: who waits meanwhile gets the interpreter within a millisecond, not five."""
    sys.setswitchinterval(0.001)


def _settle_memory() -> None:
    """What is there by now stays: the collector need not look through it again and again while requests wait."""
    gc.collect()
    gc.freeze()
    # What is new is looked at in small portions, which nobody has to wait for; what is old, seldom.
    gc.set_threshold(10_000, 10, 200)


def _end_with_parent() -> None:
    """A worker whose parent was killed stops, and so gives the port back."""
    if (parent := multiprocessing.parent_process()) is not None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.remove_reader(parent.sentinel)
            signal.raise_signal(signal.SIGTERM)

        loop.add_reader(parent.sentinel, stop)


def run(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serves until it is told to stop; requests in flight finish first.

    `announce` is told the address once the port is ours. Workers read their settings from the environment.
    """
    config = uvicorn.Config(
        "server:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="endpoint.protocols:Http",
        ws="endpoint.protocols:WebSocket",
        ws_max_size=settings.body_limit,
        # It would cost the processor more than it saves the network: messages are small, and the same for many.
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than load balancers keep idle connections: else they send requests into one that is being closed.
        timeout_keep_alive=75,
        # A worker answers once it has imported everything. On a machine that is busy five seconds are too short for that, and
        # one that is ended and started again and again never serves.
        timeout_worker_healthcheck=30,
        timeout_graceful_shutdown=settings.shutdown_timeout,
    )
    with ExitStack() as stack:
        ports = [settings.port] if settings.metrics_port is None else [settings.port, settings.metrics_port]
        listeners = [stack.enter_context(listener(settings.host, port)) for port in ports]
        announce(_address(settings.host, listeners[0].getsockname()[1]))
        if settings.workers > 1:
            stack.enter_context(shared_by_workers())
            Workers(config, listeners).run()
            return
        one = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):  # which uvicorn raises once it has stopped
            one.run(sockets=listeners)
        if not one.started:
            sys.exit(1)


def _address(host: str, port: int) -> str:
    name = "localhost" if host in ("127.0.0.1", "::1") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


if __name__ == "__main__":
    from cli import main

    sys.argv.insert(1, "serve")
    main()
