"""The interfaces and connections of Relay's server specification."""

from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry

from resolvers import paging
from resolvers.scalars import Cursor
from schema.fields import FREE, answered_by, column

T = TypeVar("T")


@strawberry.interface(description="An object with an id of its own.")
class Node:
    id: strawberry.ID = column("Names this object among all. Opaque.")

    @classmethod
    def resolve_type(cls, row: Any, *_: Any) -> str:
        """Where only the interface is known, by what `loaders.by_id` writes beside the columns."""
        return str(row.typename)

    @classmethod
    def is_type_of(cls, *_: Any) -> bool:
        """Rows are of no class of ours; a resolver's declaration says what they are."""
        return True


@strawberry.interface(description="An object that can change.")
class Versioned:
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When it last changed.")
    version: int = column(
        "Counts its changes from 1. Give it as `expectedVersion`, and no other change is overwritten."
    )


@strawberry.type(description="Where a page lies in its list.", directives=[FREE])
class PageInfo:
    has_next_page: bool = column("Whether there are rows after this page.")
    has_previous_page: bool = column("Whether there are rows before this page.")
    start_cursor: Cursor | None = column("The position of the first row.")
    end_cursor: Cursor | None = column("The position of the last row: give it as `after` for the next page.")


@strawberry.type(description="A row of a page.", directives=[FREE])
class Edge(Generic[T]):
    cursor: Cursor = column("The row's position.")
    node: T = column("The row.", weighs=0)


@strawberry.type(description="A page of a list.", directives=[FREE])
class Connection(Generic[T]):
    edges: list[Edge[T]] = column("The rows, in order.", weighs=0)
    page_info: PageInfo = column("Where this page lies in the list.", weighs=0)
    total_count: int = answered_by(paging.total_count, weighs=10)
