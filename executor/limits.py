"""How large a document may be, and the error that says by how much one is too large."""

from collections.abc import Iterator
from typing import NamedTuple

from graphql import DocumentNode, GraphQLError

from executor.shape import Shape, shapes


class Limits(NamedTuple):
    """The most that an operation may have, and of tokens its document; None for no limit.

    Fields, aliases and directives of fragments count wherever those are spread.
    """

    tokens: int | None = None
    depth: int | None = None
    """Levels of fields."""
    root_fields: int | None = None
    fields: int | None = None
    aliases: int | None = None
    directives: int | None = None


UNLIMITED = Limits()


class LimitExceeded(GraphQLError):
    """Something is too large. `actual` is how large it is, as far as that was counted."""

    def __init__(self, what: str, limit: int, actual: int, message: str) -> None:
        super().__init__(message)
        self.what, self.limit, self.actual = what, limit, actual


_IN_WORDS = {
    "depth": "levels of fields",
    "root_fields": "root fields",
    "fields": "fields, those of fragments wherever they are spread",
    "aliases": "aliases",
    "directives": "directives",
}


def too_large(document: DocumentNode, limits: Limits) -> list[LimitExceeded]:
    """An error for each limit that an operation of the document exceeds."""
    found = Shape()
    for shape in shapes(document):
        found = Shape(*map(max, found, shape))
    return list(_exceeded(found, limits))


def _exceeded(found: Shape, limits: Limits) -> Iterator[LimitExceeded]:
    for what, words in _IN_WORDS.items():
        limit, actual = getattr(limits, what), getattr(found, what)
        if limit is not None and actual > limit:
            yield LimitExceeded(what, limit, actual, f"An operation has up to {limit} {words}; this has {actual}.")


def too_many_tokens(error: GraphQLError, limit: int | None) -> LimitExceeded | None:
    """What the parser's error means, if it is the one of its limit: graphql-core has no class of its own for it."""
    if f"contains more than {limit} tokens." not in error.message:
        return None
    assert limit is not None
    return LimitExceeded("tokens", limit, limit + 1, f"A document has up to {limit} tokens; this has more.")
