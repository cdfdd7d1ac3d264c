"""Relay connections (https://relay.dev/graphql/connections.htm) whose cursors are keyset positions, never offsets."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.keyset import Order, Position, Window
from db.tables import Base, OfTenant
from errors import CareError, Invalid
from resolvers import checks
from resolvers.context import Info
from resolvers.scalars import Cursor, parse_datetime

T = TypeVar("T")
B = TypeVar("B", bound=Base)

First: TypeAlias = Annotated[int | None, strawberry.argument(description="How many rows from the beginning.")]
After: TypeAlias = Annotated[Cursor | None, strawberry.argument(description="Only rows after this position.")]
Last: TypeAlias = Annotated[int | None, strawberry.argument(description="How many rows from the end.")]
Before: TypeAlias = Annotated[Cursor | None, strawberry.argument(description="Only rows before this position.")]

_DIGEST = 8


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: Cursor | None
    end_cursor: Cursor | None


class Edge(Generic[T]):
    """A row and, made when asked for, its cursor."""

    __slots__ = ("_list", "node")

    def __init__(self, node: T, of: "Listing") -> None:
        self.node = node
        self._list = of

    @property
    def cursor(self) -> Cursor:
        return self._list.cursor(self.node)


class Page(Generic[T]):
    """What a connection is read from. `fetched` holds one row more than the window's size where there are more."""

    def __init__(self, listing: "Listing", window: Window, fetched: Sequence[T], count: Callable[[], Awaitable[int]]):
        rows = fetched[: window.size]
        more = len(fetched) > window.size
        self.edges = [Edge(row, listing) for row in (reversed(rows) if window.backward else rows)]
        self.count = count
        self._listing = listing
        # A row beyond a cursor that was given is taken for granted (the specification allows it): it was there once.
        self._more_before = more if window.backward else window.after is not None
        self._more_after = window.before is not None if window.backward else more

    @cached_property
    def page_info(self) -> PageInfo:
        ends = (self.edges[0].cursor, self.edges[-1].cursor) if self.edges else (None, None)
        return PageInfo(self._more_after, self._more_before, *ends)


class Listing:
    """A list that can be paged: which rows, in which order."""

    def __init__(self, order: Order, conditions: list[ColumnElement[bool]], arguments: object) -> None:
        self.order = order
        self.conditions = conditions
        # Two listings with one fingerprint have the same rows in the same order, so a cursor of one fits the other.
        columns = [f"{column.class_.__name__}.{column.key}" for column in order.columns]
        described = orjson.dumps([columns, order.descending, arguments], option=orjson.OPT_SORT_KEYS)
        self.fingerprint = blake2b(described, digest_size=16).digest()

    def cursor(self, row: object) -> Cursor:
        # default: the driver's UUIDs are of a class of its own.
        return self._pack(orjson.dumps(self.order.position(row), default=str))

    def _pack(self, position: bytes) -> Cursor:
        return Cursor(urlsafe_b64encode(self._seal(position) + position).rstrip(b"=").decode())

    def _seal(self, position: bytes) -> bytes:
        # Not a secret: a position opens nothing, since every statement names its tenant. It tells
        # a cursor that was altered, or belongs to another order or filter, from one of ours.
        return blake2b(position, key=self.fingerprint, digest_size=_DIGEST).digest()

    def position(self, cursor: Cursor, argument: str) -> Position:
        """Raises Invalid unless the cursor was made by a listing with the same fingerprint."""
        try:
            position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[_DIGEST:]
            # Base64 has spare bits and the decoder skips foreign characters; one position has one cursor.
            if cursor == self._pack(position):
                values = orjson.loads(position)
                return tuple(_parse(c, v) for c, v in zip(self.order.columns, values, strict=True))
        except (ValueError, TypeError, CareError):
            pass
        raise Invalid(
            "This cursor is not one of this list: it was altered, or made with another order or filter.", [argument]
        )


def _parse(column: InstrumentedAttribute[Any], value: object) -> object:
    # The seal's key is no secret: what is in a cursor may be anybody's.
    if not isinstance(value, str):
        raise TypeError(value)
    kind = column.type.python_type
    if kind is datetime:
        return parse_datetime(value)
    return UUID(value) if kind is UUID else checks.line(value, ())


def window(
    info: Info, listing: Listing, first: int | None, after: Cursor | None, last: int | None, before: Cursor | None
) -> Window:
    """Raises Invalid for a size that is negative or beyond the limit, for both sizes, and for a cursor of elsewhere."""
    if first is not None and last is not None:
        raise Invalid("Give `first` or `last`, not both.", ["last"])
    limit = info.context.settings.page_size_limit
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= limit:
            raise Invalid(f"`{name}` is a number from 0 to {limit}; this is {size}.", [name])
    size = next((n for n in (first, last) if n is not None), info.context.settings.page_size)
    return Window(
        size,
        backward=last is not None,
        after=None if after is None else listing.position(after, "after"),
        before=None if before is None else listing.position(before, "before"),
    )


async def page(info: Info, model: type[B], listing: Listing, window: Window) -> Page[B]:
    """The rows of the whole tenant: one statement, and one more where the total is asked for."""
    table, scope = model.__table__, info.context.scope
    conditions = list(listing.conditions)
    if issubclass(model, OfTenant):
        conditions.append(model.tenant_id == scope.tenant_id)
    rows = await scope.rows(window.apply(select(table).where(*conditions), listing.order), model)

    async def count() -> int:
        return int(await scope.value(select(func.count()).select_from(table).where(*conditions)))

    return Page(listing, window, rows, count)


async def page_below(
    info: Info, parent: InstrumentedAttribute[UUID], parent_id: UUID, listing: Listing, window: Window
) -> Page[Any]:
    """The rows whose `parent` column holds the id: one statement for all parents of a level, and one for their totals."""
    loaders = info.context.loaders
    rows = await loaders.pages(parent, listing.conditions, listing.order, window, listing.fingerprint).load(parent_id)

    async def count() -> int:
        return await loaders.counts(parent, listing.conditions, listing.fingerprint).load(parent_id)

    return Page(listing, window, rows, count)


async def total_count(page: strawberry.Parent[Page[Any]]) -> int:
    """How many rows there are in all pages. Costs a count, and only where it is asked for."""
    return await page.count()
