"""How a batch of keys reaches PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Text, Uuid, any_, bindparam
from sqlalchemy.orm import InstrumentedAttribute

_UUIDS, _TEXTS = ARRAY(Uuid()), ARRAY(Text())


def uuids(name: str = "keys") -> BindParameter[Any]:
    """A parameter of that name that takes a list of UUIDs."""
    return bindparam(name, type_=_UUIDS)


def among(column: InstrumentedAttribute[UUID], name: str = "keys") -> ColumnElement[Any]:
    """`column = ANY($1)`: one array, so that one prepared statement serves any number of keys."""
    return column == any_(uuids(name))


def among_words(column: InstrumentedAttribute[str], name: str) -> ColumnElement[Any]:
    """The same for the words of a vocabulary."""
    return column == any_(bindparam(name, type_=_TEXTS))
