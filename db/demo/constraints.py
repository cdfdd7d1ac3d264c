"""What makes a bulk load slow: taken out before it, put back after it, as the tables declare it."""

from collections.abc import Iterable

from sqlalchemy import DDLElement, ForeignKeyConstraint, Index, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def indexes_and_references(tables: Iterable[Table]) -> list[Index | ForeignKeyConstraint]:
    """All but primary and unique keys, always in the same order."""
    elements: list[Index | ForeignKeyConstraint] = []
    for table in tables:
        elements += sorted(table.indexes, key=lambda index: str(index.name))
        elements += sorted(table.foreign_key_constraints, key=lambda reference: str(reference.name))
    return elements


def dropping(element: Index | ForeignKeyConstraint) -> str:
    if isinstance(element, Index):
        return _sql(DropIndex(element))
    return _sql(DropConstraint(element))


def creating(element: Index | ForeignKeyConstraint) -> str:
    if isinstance(element, Index):
        return _sql(CreateIndex(element))
    # Not isolated: to the metadata the constraint stays a part of its table.
    return _sql(AddConstraint(element, isolate_from_table=False))


def _sql(statement: DDLElement) -> str:
    return str(statement.compile(dialect=_DIALECT))
