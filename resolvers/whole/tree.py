"""What a plan selects, in terms of tables: the part of it that PostgreSQL can write by itself.

That are root fields which are pages of rows, and below them columns, global ids, rows that a column points to, and pages
again. A plan with anything else in it has no tree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from graphql import get_named_type, is_enum_type

from db.tables import Identified
from executor.objects import Object
from executor.readers import Attribute, Typename
from executor.strawberry_readers import Batch, Guarded, Resolved
from resolvers import paging
from resolvers.relations import GlobalId, Listed, ToOne, relation_of

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


class Beyond(Exception):
    """There is something that PostgreSQL cannot write."""


@dataclass(frozen=True)
class Constant:
    text: str


@dataclass(frozen=True)
class Column:
    name: str
    nullable: bool
    vocabulary: bool


@dataclass(frozen=True)
class Id:
    type_name: str


@dataclass(frozen=True)
class One:
    relation: ToOne
    members: "Members"


@dataclass(frozen=True)
class Part:
    """A field of a connection, an edge or a page info, by the schema's name for it."""

    name: str
    parts: "Parts" = ()
    members: "Members" = ()


@dataclass(frozen=True)
class Page:
    """A connection. `number` is its own in the tree."""

    number: int
    relation: Listed
    parts: "Parts"

    @property
    def has(self) -> set[str]:
        """The names of its parts."""
        return {part.name for _, part in self.parts if isinstance(part, Part)}

    @cached_property
    def has_cursors(self) -> bool:
        """Whether anything in it says where a row is."""
        return any(part.name in ("cursor", "startCursor", "endCursor") for part in _all_parts(self.parts))


Member: TypeAlias = Constant | Column | Id | One | Page
Members: TypeAlias = tuple[tuple[str, Member], ...]
"""By their keys in the answer. They hold nothing of the document that they were found in: equal ones are read alike."""
Parts: TypeAlias = tuple[tuple[str, Part | Constant], ...]


class Asking(NamedTuple):
    """The field of a plan that asks for a page."""

    page: Page
    field: "Field"
    reader: Batch | Resolved


@dataclass
class Tree:
    """Of one plan. `asking` are its pages of all levels, by their numbers."""

    roots: tuple[tuple[str, Page | Constant], ...] = ()
    asking: list[Asking] = field(default_factory=list)
    guards: list[Guarded] = field(default_factory=list)

    @property
    def pages(self) -> tuple[Page, ...]:
        """Those at the root."""
        return tuple(root for _, root in self.roots if isinstance(root, Page))


def tree_of(run: "Run") -> Tree:
    """Raises Beyond."""
    tree = Tree()
    tree.roots = tuple([(each.key, _root(each, tree, run)) for each in run.plan.root.fields])
    if not tree.asking:
        raise Beyond
    return tree


def _root(field: "Field", tree: Tree, run: "Run") -> Page | Constant:
    member = _member(field, None, tree, run)
    if not isinstance(member, Page | Constant):
        raise Beyond
    return member


def _members(field: "Field", model: type[Identified], tree: Tree, run: "Run") -> Members:
    return tuple([(each.key, _member(each, model, tree, run)) for each in _selected(field, run)])


def _selected(field: "Field", run: "Run") -> "Sequence[Field]":
    if not isinstance(field.objects, Object):
        raise Beyond
    return field.selection(field.objects.type, run).fields


def _member(field: "Field", model: type[Identified] | None, tree: Tree, run: "Run") -> Member:
    reader: Any = field.reader
    if isinstance(reader, Guarded):
        tree.guards.append(reader)
        reader = reader.reader
    if isinstance(reader, Typename):
        return Constant(field.parent.name)
    if isinstance(reader, Attribute) and model is not None and reader.name in model.__table__.c:
        column = model.__table__.c[reader.name]
        return Column(
            reader.name,
            getattr(column, "nullable", True),
            is_enum_type(get_named_type(field.definition.type)),
        )
    relation = relation_of(reader.resolver) if isinstance(reader, Batch | Resolved) else None
    if isinstance(relation, GlobalId):
        return Id(relation.type_name)
    if isinstance(relation, ToOne) and model is not None and relation.key in model.__table__.c:
        return One(relation, _members(field, relation.model, tree, run))
    # At the root those of the tenant, below a row those of the row.
    if isinstance(relation, Listed) and (relation.below is None) == (model is None):
        return _page(field, reader, relation, tree, run)
    raise Beyond


def _page(field: "Field", reader: Batch | Resolved, relation: Listed, tree: Tree, run: "Run") -> Page:
    parts = _parts(field, relation, tree, run)
    page = Page(len(tree.asking), relation, parts)
    tree.asking.append(Asking(page, field, reader))
    return page


def _parts(field: "Field", relation: Listed, tree: Tree, run: "Run") -> Parts:
    return tuple([(each.key, _part(each, relation, tree, run)) for each in _selected(field, run)])


def _part(field: "Field", relation: Listed, tree: Tree, run: "Run") -> Part | Constant:
    reader = field.reader
    if isinstance(reader, Typename):
        return Constant(field.parent.name)
    if isinstance(reader, Batch) and reader.resolver is paging.total_count:
        return Part("totalCount")
    if not isinstance(reader, Attribute):
        raise Beyond
    if reader.name == "node":
        return Part("node", members=_members(field, relation.model, tree, run))
    return Part(field.field_name, () if field.is_leaf else _parts(field, relation, tree, run))


def _all_parts(parts: Parts) -> Iterator[Part]:
    for _, part in parts:
        if isinstance(part, Part):
            yield part
            yield from _all_parts(part.parts)
