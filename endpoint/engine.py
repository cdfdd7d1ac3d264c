"""The engine that runs the schema, and what it need not do for rows of PostgreSQL and answers by orjson."""

from datetime import date, datetime

import structlog

from config import Settings
from db.pool import Row
from executor import Engine, StrawberryDialect
from monitoring.observers import observers
from monitoring.operations import ObservedEngine
from resolvers.whole import Whole
from schema import schema

log = structlog.get_logger()


def create_engine(settings: Settings) -> Engine:
    """With caches of its own. Says at debug level how each field of the schema is read."""
    # orjson writes an instant as isoformat() does, and a date.
    dialect = StrawberryDialect(schema, records=frozenset({Row}), native={"DateTime": datetime, "Date": date})
    whole = Whole() if settings.plans == "whole" else None
    engine = ObservedEngine(
        schema._schema, dialect, planned=settings.plans != "off", whole=whole, tokens=settings.token_limit
    )
    engine.observers = observers(settings)
    if settings.log_level == "debug":
        for reading in engine.readings():
            log.debug("plan", field=reading)
    return engine
