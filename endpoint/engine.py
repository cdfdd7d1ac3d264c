"""The engine that runs the schema, and what it need not do for rows of PostgreSQL and answers by orjson."""

from datetime import date, datetime

from db.pool import Row
from executor import Engine, StrawberryDialect
from schema import schema


def create_engine() -> Engine:
    """With caches of its own."""
    # orjson writes an instant as isoformat() does, and a date.
    dialect = StrawberryDialect(schema, records=frozenset({Row}), native={"DateTime": datetime, "Date": date})
    return Engine(schema._schema, dialect)
