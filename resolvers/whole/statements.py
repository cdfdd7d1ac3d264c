"""Pages as one statement, which answers with their JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql import visitors

from db.keyset import Window
from db.statements import TENANT
from resolvers.paging import Listing
from resolvers.whole import json
from resolvers.whole.json import Json
from resolvers.whole.tree import Column, Constant, Id, Member, Members, One, Page, Part


@dataclass(frozen=True)
class Asked:
    """A page as one request asks for it."""

    listing: Listing
    window: Window

    @property
    def shape(self) -> object:
        """Equal shapes make equal statements. The size is part of it: PostgreSQL plans for few rows if it is told so."""
        return self.listing.which.shape, self.listing.order, self.window.shape, self.window.size


def statement(pages: Sequence[Page], asked: Sequence[Asked]) -> Select[Any]:
    """Of pages at the root: the JSON of each in a column of its own.

    It sets the tenant before anything else: what is selected FROM is there before what is SELECTed is worked out.
    """
    answers = [json.joined(_page(page, None, asked)) for page in pages]
    return select(*answers).select_from(func.set_tenant(TENANT).alias("begun"))


def parameters(pages: Iterable[Page], asked: Iterable[Asked]) -> dict[str, object]:
    """The statement's, but for the tenant. `pages` are those of all levels."""
    found: dict[str, object] = {}
    for page, each in zip(pages, asked, strict=True):
        for given in (each.listing.which.values, each.window.values):
            found.update((f"p{page.number}_{name}", value) for name, value in given.items())
        if page.has_cursors:
            found[f"p{page.number}_fingerprint"] = each.listing.fingerprint
    return found


class _Rows:
    """The rows of a page and, joined to them, those that their columns point to."""

    def __init__(self, page: Page, above: FromClause | None, asked: Asked) -> None:
        self.page, self.asked = page, asked
        self.name = f"p{page.number}"
        order, window = asked.listing.order, asked.window
        table = page.relation.model.__table__
        self.where: list[ColumnElement[bool]] = [
            page.relation.model.tenant_id == TENANT,
            *asked.listing.which.conditions,
        ]
        if above is not None:
            assert page.relation.below is not None
            self.where.append(above.c.id == page.relation.below)
        self.above = above
        counted = func.row_number().over(order_by=order.sorting(window.backward)).label("nth")
        limited = window.apply(self.of_the_page(*table.c, *([counted] if self.looks_ahead else [])), order)
        limited = limited.limit(_number(window.size + 1 if self.looks_ahead else window.size))
        self.rows: FromClause = own_parameters(limited, self.name).subquery(self.name)
        self.joined: FromClause = self.rows
        self.position = json.position([self.rows.c[name] for name in order.names])

    def of_the_page(self, *selected: Any) -> Select[Any]:
        """Of all rows of the list, before they are limited to the page."""
        chosen = select(*selected).where(*self.where)
        return chosen if self.above is None else chosen.correlate(self.above)

    def sorting(self, reverse: bool = False) -> list[ColumnElement[Any]]:
        """Of the page's rows, in the list's order."""
        return self.asked.listing.order.sorting(reverse, of=lambda name: self.rows.c[name])

    @property
    def looks_ahead(self) -> bool:
        """Whether it matters if there are more rows."""
        return "pageInfo" in self.page.has

    @property
    def shown(self) -> ColumnElement[bool] | None:
        """Which rows are: not the one more that tells whether there are more."""
        return self.rows.c.nth <= _number(self.asked.window.size) if self.looks_ahead else None

    def join(self, key: ColumnElement[Any], model: Any) -> FromClause:
        """The rows that a column points to, beside those that point."""
        other: FromClause = model.__table__.alias(f"{self.name}_{len(list(_froms(self.joined)))}")
        self.joined = self.joined.outerjoin(other, and_(other.c.tenant_id == TENANT, other.c.id == key))
        return other

    def cursor(self, position: ColumnElement[Any]) -> Json:
        return json.cursor(position, bindparam(f"{self.name}_fingerprint", type_=LargeBinary()))


def _page(page: Page, above: FromClause | None, asked: Sequence[Asked]) -> Json:
    rows = _Rows(page, above, asked[page.number])
    shown = json.object_([(key, _part(part, rows, asked)) for key, part in page.parts])
    selected = select(json.joined(shown))
    if page.has & {"edges", "pageInfo"}:
        # HAVING: one answer, also where nothing in it is an aggregate.
        selected = selected.select_from(rows.joined).having(true())
    return [(selected if above is None else selected.correlate(above)).scalar_subquery()]


def _part(part: Part | Constant, rows: _Rows, asked: Sequence[Asked]) -> Json:
    if isinstance(part, Constant):
        return json.string(part.text)
    if part.name == "totalCount":
        return json.number(own_parameters(rows.of_the_page(func.count()), rows.name).scalar_subquery())
    if part.name == "pageInfo":
        return json.object_((key, _of_page_info(each, rows)) for key, each in part.parts)
    edge = json.object_([(key, _of_edge(each, rows, asked)) for key, each in part.parts])
    return json.array(edge, rows.sorting(), rows.shown)


def _of_edge(part: Part | Constant, rows: _Rows, asked: Sequence[Asked]) -> Json:
    if isinstance(part, Constant):
        return json.string(part.text)
    if part.name == "cursor":
        return rows.cursor(rows.position)
    return _object(part.members, rows.rows, rows, asked)


def _of_page_info(part: Part | Constant, rows: _Rows) -> Json:
    """As `paging.Page.page_info` has it."""
    if isinstance(part, Constant):
        return json.string(part.text)
    window = rows.asked.window
    if part.name in ("hasNextPage", "hasPreviousPage"):
        forward = part.name == "hasNextPage"
        if forward != window.backward:
            return json.boolean(func.count() > _number(window.size))
        # A row beyond a cursor that was given is taken for granted.
        return json.boolean((window.before if forward else window.after) is not None)
    positions: Any = func.array_agg(aggregate_order_by(rows.position, *rows.sorting(part.name == "endCursor")))
    return rows.cursor(func.coalesce(positions.filter(rows.shown))[1])


def _object(members: Members, row: FromClause, rows: _Rows, asked: Sequence[Asked]) -> Json:
    return json.object_([(key, _member(member, row, rows, asked)) for key, member in members])


def _member(member: Member, row: FromClause, rows: _Rows, asked: Sequence[Asked]) -> Json:
    match member:
        case Constant():
            return json.string(member.text)
        case Column():
            column = row.c[member.name]
            return json.column(column, member.nullable, member.vocabulary)
        case Id():
            return json.global_id(member.type_name, row.c.id)
        case One():
            other = rows.join(row.c[member.relation.key], member.relation.model)
            return json.unless_null(other.c.id, _object(member.members, other, rows, asked))
        case Page():
            return _page(member, row, asked)


def own_parameters(chosen: Select[Any], prefix: str) -> Select[Any]:
    """The statement with names of its own for its parameters: two pages may have the same filters."""

    def renamed(element: Any, **_: object) -> Any:
        if isinstance(element, BindParameter) and element.required and element.key != TENANT.key:
            return bindparam(f"{prefix}_{element.key}", type_=element.type)
        return None

    replaced: Any = visitors.replacement_traverse(chosen, {}, renamed)
    return cast(Select[Any], replaced)


def _number(number: int) -> ColumnElement[int]:
    """In the text of the statement, for the planner to see."""
    return literal_column(str(number), Integer())


def _froms(joined: FromClause) -> Any:
    while hasattr(joined, "left"):
        yield joined
        joined = joined.left
