"""Reads a connection page by page, the way a client does, and checks each page on the way."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.api import Api

PAGE = """
  fragment Page on NoteConnection {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
  query($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: NoteFilter, $order: NoteOrder) {
    notes(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order)
      @include(if: TOP) { ...Page }
    node(id: $id) @skip(if: TOP) {
      ... on Patient {
        notes(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order) { ...Page } }
      ... on Facility {
        notes(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order) { ...Page } }
    } }"""


async def nothing() -> None: ...


@dataclass
class Walk:
    """From one end of a list of notes to the other. `below` is the id of the patient or facility whose notes they are."""

    api: Api
    sizes: Iterator[int]
    below: str | None = None
    backward: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)

    async def page(self, **window: Any) -> dict[str, Any]:
        document = PAGE.replace("TOP", str(self.below is None).lower())
        data = await self.api.ask(document, id=self.below or "", **window, **self.arguments)
        page: dict[str, Any] = data["notes"] if self.below is None else data["node"]["notes"]
        return page

    async def run(self, between: Callable[[], Awaitable[None]] = nothing) -> list[str]:
        """The ids, in the order of the list, whichever way it was walked."""
        size, cursor = ("last", "before") if self.backward else ("first", "after")
        more, beyond = ("hasPreviousPage", "hasNextPage") if self.backward else ("hasNextPage", "hasPreviousPage")
        seen: list[str] = []
        position: str | None = None
        while True:
            wanted = next(self.sizes)
            page = await self.page(**{size: wanted, cursor: position})
            edges, info = page["edges"], page["pageInfo"]
            assert len(edges) == wanted if info[more] else len(edges) <= wanted
            assert info[beyond] is (position is not None)
            assert info["startCursor"] == (edges[0]["cursor"] if edges else None)
            assert info["endCursor"] == (edges[-1]["cursor"] if edges else None)
            ids = [edge["node"]["id"] for edge in edges]
            seen = ids + seen if self.backward else seen + ids
            if not info[more]:
                return seen
            position = info["startCursor" if self.backward else "endCursor"]
            await between()
