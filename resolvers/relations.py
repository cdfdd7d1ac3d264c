"""What a field stands for in the tables: said once, and read by what answers field by field and what answers whole."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy.orm import InstrumentedAttribute

from db.pool import values_of
from db.tables import Identified
from executor import batched, reads
from loaders.daily_stats import DailyStats
from resolvers.context import Info

F = TypeVar("F", bound=Callable[..., Any])


class GlobalId(NamedTuple):
    """The row's id, made global."""

    type_name: str


class ToOne(NamedTuple):
    """The row of `model` whose id is in the column `key`."""

    key: str
    model: type[Identified]


class Listed(NamedTuple):
    """A page of the rows of `model`; with `below`, of those whose column of that name holds the id of the row above.

    `listing`, called with the request's context and the field's arguments but for those of paging, says which, in which order.
    """

    model: type[Identified]
    listing: Callable[..., Any]
    below: InstrumentedAttribute[UUID] | None


class Figured(NamedTuple):
    """Figures of a root field. `asked`, called with the request's context and the field's arguments, says of what."""

    asked: Callable[..., DailyStats]


Relation: TypeAlias = GlobalId | ToOne | Listed | Figured


def relation_of(resolver: object) -> Relation | None:
    """What the resolver was declared to be."""
    return getattr(resolver, _MARK, None)


def declared(relation: Relation) -> Callable[[F], F]:
    """Declares a resolver."""

    def mark(resolver: F) -> F:
        setattr(resolver, _MARK, relation)
        return resolver

    return mark


def listed(
    model: type[Identified], listing: Callable[..., Any], below: InstrumentedAttribute[UUID] | None = None
) -> Callable[[F], F]:
    """Declares a resolver that returns pages."""
    return declared(Listed(model, listing, below))


def figured(asked: Callable[..., DailyStats]) -> Callable[[F], F]:
    """Declares a resolver of figures, and of nothing else."""
    return declared(Figured(asked))


def to_one(
    model: type[Identified], key: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None], doc: str
) -> Any:
    """A resolver of the row that a column points to; null where the column is. `doc` is the field's documentation.

    What counts is the column's name: it serves all tables that have one of that name.
    """

    @declared(ToOne(key.key, model))
    @batched(key.key)
    async def related(rows: strawberry.Parent[Sequence[Any]], info: Info) -> list[Any]:
        keys = values_of(rows, key)
        given = [each for each in keys if each is not None]
        found = await info.context.loaders.by_id(model).load_all(given, reads(info))
        if len(given) == len(keys):
            return found
        rest = iter(found)
        return [None if each is None else next(rest) for each in keys]

    related.__doc__ = doc
    return related


_MARK = "__relation__"
