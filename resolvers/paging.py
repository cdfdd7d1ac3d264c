"""Relay connections (https://relay.dev/graphql/connections.htm) whose cursors are keyset positions, never offsets."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import blake2b, sha256
from itertools import repeat
from typing import Annotated, Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.keyset import Order, Position, Which, Window
from db.statements import TENANT, Shapes, columns_of
from db.tables import Base, OfTenant
from errors import CareError, Invalid
from executor import batched, reads
from resolvers import checks
from resolvers.context import Context, Info
from resolvers.scalars import Cursor, parse_datetime

T = TypeVar("T")
B = TypeVar("B", bound=Base)

First: TypeAlias = Annotated[int | None, strawberry.argument(description="How many rows from the beginning.")]
After: TypeAlias = Annotated[Cursor | None, strawberry.argument(description="Only rows after this position.")]
Last: TypeAlias = Annotated[int | None, strawberry.argument(description="How many rows from the end.")]
Before: TypeAlias = Annotated[Cursor | None, strawberry.argument(description="Only rows before this position.")]

_DIGEST = 8
_NODES = ("edges", "node")
"""Where the rows are below a connection."""


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: Cursor | None
    end_cursor: Cursor | None


class Edge(NamedTuple):
    """A row and, made when asked for, its cursor."""

    node: Any
    listing: "Listing"

    @property
    def cursor(self) -> Cursor:
        return self.listing.cursor(self.node)


Counting: TypeAlias = Callable[[Sequence[UUID]], Awaitable[Sequence[int]]]
"""How many rows there are below each of some parents."""


class Page(Generic[T]):
    """What a connection is read from. `fetched` holds one row more than the window's size where there are more.

    `counting`, asked for `parent_id`, tells how many rows there are in all pages.
    """

    def __init__(
        self, listing: "Listing", window: Window, fetched: Sequence[T], counting: Counting, parent_id: UUID
    ) -> None:
        self.counting, self.parent_id = counting, parent_id
        self._listing, self._window, self._fetched = listing, window, fetched

    @cached_property
    def edges(self) -> list[Edge]:
        rows = self._fetched[: self._window.size]
        in_order = reversed(rows) if self._window.backward else rows
        return list(map(Edge._make, zip(in_order, repeat(self._listing))))

    @cached_property
    def page_info(self) -> PageInfo:
        more = len(self._fetched) > self._window.size
        # A row beyond a cursor that was given is taken for granted (the specification allows it): it was there once.
        before, after = more, self._window.before is not None
        if not self._window.backward:
            before, after = self._window.after is not None, more
        ends = (self.edges[0].cursor, self.edges[-1].cursor) if self.edges else (None, None)
        return PageInfo(after, before, *ends)


class Listing:
    """A list that can be paged: which rows, in which order."""

    def __init__(self, order: Order, which: Which, arguments: object) -> None:
        self.order = order
        self.which = which
        self._arguments = arguments

    @cached_property
    def fingerprint(self) -> bytes:
        """Two listings with one fingerprint have the same rows in the same order, so a cursor of one fits the other."""
        columns = [f"{column.class_.__name__}.{column.key}" for column in self.order.columns]
        described = orjson.dumps([columns, self.order.descending, self._arguments], option=orjson.OPT_SORT_KEYS)
        return blake2b(described, digest_size=16).digest()

    def cursor(self, row: object) -> Cursor:
        # default: the driver's UUIDs are of a class of its own.
        return self._pack(orjson.dumps(self.order.position(row), default=str))

    def _pack(self, position: bytes) -> Cursor:
        return Cursor(urlsafe_b64encode(self._seal(position) + position).rstrip(b"=").decode())

    def _seal(self, position: bytes) -> bytes:
        # Not a secret: a position opens nothing, since every statement names its tenant. It tells
        # a cursor that was altered, or belongs to another order or filter, from one of ours.
        # SHA-256, since PostgreSQL has it, too (`resolvers.whole.values`).
        return sha256(self.fingerprint + position).digest()[:_DIGEST]

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
    kind = column.type.python_type
    if type(value) is not (int if kind is int else str):
        raise TypeError(value)
    if isinstance(value, int):
        return value
    if kind is datetime:
        return parse_datetime(value)
    return UUID(value) if kind is UUID else checks.line(value, ())


def window(
    context: Context, listing: Listing, first: int | None, after: Cursor | None, last: int | None, before: Cursor | None
) -> Window:
    """Raises Invalid for a size that is negative or beyond the limit, for both sizes, and for a cursor of elsewhere."""
    if first is not None and last is not None:
        raise Invalid("Give `first` or `last`, not both.", ["last"])
    limit = context.settings.page_size_limit
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= limit:
            raise Invalid(f"`{name}` is a number from 0 to {limit}; this is {size}.", [name])
    size = next((n for n in (first, last) if n is not None), context.settings.page_size)
    return Window(
        size,
        backward=last is not None,
        after=None if after is None else listing.position(after, "after"),
        before=None if before is None else listing.position(before, "before"),
    )


async def page(info: Info, model: type[B], listing: Listing, window: Window) -> Page[B]:
    """The rows of the whole tenant: one statement, and one more where the total is asked for."""
    scope, which = info.context.scope, listing.which
    columns = reads(info, *_NODES)
    shape = (model, which.shape, listing.order, window.shape, columns)
    statement = _pages.get(
        shape,
        lambda: window.apply(
            _all(model, which, *columns_of(model.__table__, columns, *listing.order.names)), listing.order
        ),
    )
    rows = await scope.rows(statement, model, **which.values, **window.values)

    async def count(_: object) -> list[int]:
        counted = _counts.get((model, which.shape), lambda: _all(model, which, func.count()))
        return [await scope.value(counted, **which.values)]

    return Page(listing, window, rows, count, scope.tenant_id)


_pages, _counts = Shapes(), Shapes()


def _all(model: type[Base], which: Which, *selected: Any) -> Select[Any]:
    of_tenant = [model.tenant_id == TENANT] if issubclass(model, OfTenant) else []
    return select(*selected).select_from(model.__table__).where(*of_tenant, *which.conditions)


async def pages_below(
    info: Info, parent: InstrumentedAttribute[UUID], parent_ids: list[UUID], listing: Listing, window: Window
) -> list[Page[Any]]:
    """For each id the rows whose `parent` column holds it: one statement for all of them, and one for their totals."""
    loaders, which = info.context.loaders, listing.which
    pages = loaders.pages(parent, which, listing.order, window, listing.fingerprint)
    rows = await pages.load_all(parent_ids, reads(info, *_NODES))
    count = loaders.counts(parent, which, listing.fingerprint).load_all
    return [Page(listing, window, each, count, row) for each, row in zip(rows, parent_ids, strict=True)]


@batched("counting", "parent_id")
async def total_count(pages: strawberry.Parent[Sequence[Page[Any]]]) -> list[int]:
    """How many rows there are in all pages. Costs a count, and only where it is asked for."""
    together = defaultdict[Counting, list[Page[Any]]](list)
    for page in pages:
        together[page.counting].append(page)
    found: dict[int, int] = {}
    for counting, some in together.items():
        counts = await counting([page.parent_id for page in some])
        found.update((id(page), count) for page, count in zip(some, counts, strict=True))
    return [found[id(page)] for page in pages]
