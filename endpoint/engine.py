"""The engine that runs the schema, and what it need not do for rows of PostgreSQL and answers by orjson."""

from collections.abc import Sequence
from datetime import date, datetime

import structlog
from graphql import NoSchemaIntrospectionCustomRule

from config import Settings
from db.pool import Row
from executor import Engine, Limits, StrawberryDialect
from executor.cost import Weights
from monitoring.operations import ObservedEngine, Observer
from resolvers.whole import Whole
from schema import schema

log = structlog.get_logger()


def create_engine(settings: Settings, observers: Sequence[Observer] = ()) -> Engine:
    """With caches of its own. Says at debug level how each field of the schema is read."""
    dialect = StrawberryDialect(
        schema,
        records=frozenset({Row}),
        # orjson writes an instant as isoformat() does, and a date.
        native={"DateTime": datetime, "Date": date},
        rules=() if settings.shows_schema else (NoSchemaIntrospectionCustomRule,),
        suggesting=settings.shows_schema,
    )
    engine = ObservedEngine(
        schema._schema,
        dialect,
        planned=settings.plans != "off",
        whole=Whole() if settings.plans == "whole" else None,
        limits=_limits(settings),
        weights=Weights(schema._schema, page=settings.page_size, largest=settings.page_size_limit),
        suggesting=settings.shows_schema,
    )
    engine.observers = observers
    if settings.log_level == "debug":
        for reading in engine.readings():
            log.debug("plan", field=reading)
    return engine


def _limits(settings: Settings) -> Limits:
    return Limits(
        tokens=settings.token_limit,
        depth=settings.depth_limit,
        root_fields=settings.root_field_limit,
        fields=settings.field_limit,
        aliases=settings.alias_limit,
        directives=settings.directive_limit,
    )
