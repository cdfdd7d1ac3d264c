"""The state of things, as `/status` tells it: of the process for the platform's administrators, of a tenant for its own."""

import os
import platform
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import extract, func, select, text

from config import Settings
from db import guard, migrate, streams
from db.cache import Cache
from db.cache.figures import ENTRIES
from db.reminder_tables import DeliveryPause, QueuedReminder
from db.reminders.backlog import backlog
from db.scope import PLATFORM, Database, Scope
from errors import CareError

_STARTED = time.time()
_SERVER_VERSION = text("SELECT current_setting('server_version')")

State = dict[str, Any]


def of_process(settings: Settings) -> State:
    return {
        "version": version("carenotes"),
        "environment": settings.environment,
        "startedAt": datetime.fromtimestamp(_STARTED, UTC).isoformat(timespec="seconds"),
        "uptimeSeconds": round(time.time() - _STARTED),
        "process": {"pid": os.getpid(), "workers": settings.workers, "python": platform.python_version()},
    }


async def of_database(database: Database) -> State:
    """Also where it does not answer: then it is `failing`."""
    use = database.use
    connections = {"inUse": use.in_use, "idle": use.idle, "waiting": use.waiting, "most": use.most}
    scope = database.read(PLATFORM)
    try:
        revision = await scope.value(guard.REVISION)
        server = await scope.value(_SERVER_VERSION)
    except CareError:
        return {"status": "failing", "connections": connections}
    finally:
        await scope.close()
    return {
        "status": "ok" if revision == migrate.head() else "failing",
        "version": server,
        "migrations": {"at": revision, "needed": migrate.head()},
        "connections": connections,
    }


async def of_platform(database: Database) -> State:
    """What waits, of all tenants together: reminders that are due, events that have no position yet. Raises CareError."""
    scope = database.read(PLATFORM)
    try:
        lanes, waiting = await backlog(scope), await streams.waiting(scope)
    finally:
        await scope.close()
    return {
        "reminders": {
            "due": sum(lane.due for lane in lanes),
            "oldestDueSeconds": _oldest((lane.now - lane.oldest).total_seconds() for lane in lanes if lane.oldest),
        },
        "events": {
            "waiting": sum(tenant.events for tenant in waiting),
            "oldestWaitingSeconds": _oldest(tenant.waited.total_seconds() for tenant in waiting),
        },
    }


def _oldest(ages: Iterable[float]) -> float | None:
    return max((round(max(age, 0.0), 1) for age in ages), default=None)


async def of_redis(redis: Redis) -> State:
    try:
        info = await redis.info()
    except (RedisError, OSError):
        return {"status": "failing"}
    return {
        "status": "ok",
        "version": info.get("valkey_version") or info["redis_version"],
        "memoryBytes": info["used_memory"],
        "clients": info["connected_clients"],
    }


def of_cache(cache: Cache) -> State:
    return {"entries": len(cache), "most": ENTRIES}


async def of_tenant(database: Database, tenant_id: UUID) -> State:
    """Its own reminders and events, and nobody else's. Raises CareError."""
    scope = database.read(tenant_id)
    try:
        return {"reminders": await _reminders(scope), "events": {"position": await streams.newest(scope)}}
    finally:
        await scope.close()


async def _reminders(scope: Scope) -> State:
    queued, now = QueuedReminder, func.now()
    due = queued.next_attempt_at <= now
    counts = await scope.row(
        select(
            func.count().label("queued"),
            func.count().filter(due).label("due"),
            func.count().filter(queued.leased_until > now).label("in_hand"),
            extract("epoch", now - func.min(queued.next_attempt_at).filter(due)).label("late"),
        ).where(queued.tenant_id == scope.tenant_id),
        object,
    )
    paused = await scope.rows(
        select(DeliveryPause.channel).where(DeliveryPause.tenant_id == scope.tenant_id).order_by(DeliveryPause.channel),
        DeliveryPause,
    )
    found: Any = counts
    return {
        "queued": found.queued,
        "due": found.due,
        "inHand": found.in_hand,
        "oldestDueSeconds": None if found.late is None else round(float(found.late), 1),
        "paused": [pause.channel for pause in paused],
    }
