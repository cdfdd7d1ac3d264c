"""How a batch of keys reaches PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal
from sqlalchemy.orm import InstrumentedAttribute

UUIDS = ARRAY(Uuid())


def among(column: InstrumentedAttribute[UUID], keys: Sequence[UUID]) -> ColumnElement[Any]:
    """`column = ANY($1)`: one array, so that one prepared statement serves any number of keys."""
    return column == any_(literal(list(keys), UUIDS))
