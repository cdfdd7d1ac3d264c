"""What makes a bulk load slow: taken out before it, put back after it, as the tables declare it."""

from collections.abc import Callable, Iterable, Iterator

import asyncpg
from sqlalchemy import DDLElement, ForeignKeyConstraint, Index, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def indexes_and_references(tables: Iterable[Table]) -> list[Index | ForeignKeyConstraint]:
    """All but primary and unique keys, in an order of their own that is always the same."""
    return [
        element
        for table in tables
        for element in (
            *sorted(table.indexes, key=lambda index: str(index.name)),
            *sorted(table.foreign_key_constraints, key=lambda reference: str(reference.name)),
        )
    ]


def dropping(element: Index | ForeignKeyConstraint) -> str:
    # The constraint stays a part of its table: others may still create that from the metadata.
    return _sql(DropIndex(element) if isinstance(element, Index) else DropConstraint(element, isolate_from_table=False))


def creating(element: Index | ForeignKeyConstraint) -> str:
    return _sql(CreateIndex(element) if isinstance(element, Index) else AddConstraint(element, isolate_from_table=False))


def _sql(statement: DDLElement) -> str:
    return str(statement.compile(dialect=_DIALECT))
