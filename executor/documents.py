"""Documents: parsed, validated and planned once, for as long as they are asked for.

Everything is bounded: a client that sends new ones all the time makes nothing grow (`executor.two_queues`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
)

from executor.bindings import Bindings
from executor.dialects import Dialect
from executor.limits import UNLIMITED, Limits, too_large, too_many_tokens
from executor.operations import Operation
from executor.two_queues import Share, TwoQueues

LONG = 4_000
"""Characters of a document that takes some milliseconds to parse and to validate."""

_apart = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")


class Document:
    """`errors` are those of parsing or of validation; a document that has some has no operations."""

    def __init__(self, bindings: Bindings, source: str, limits: Limits) -> None:
        self.share = Share()
        self.node: DocumentNode | None = None
        self.errors: list[GraphQLError] = []
        self._operations: dict[str | None, Operation] = {}
        try:
            self.node = parse(source, max_tokens=limits.tokens)
            _unlink(self.node)
            # Before validation, which compares fields with each other: what is too large is not looked at any further.
            self.errors = [*too_large(self.node, limits)] or list(bindings.dialect.validate(bindings.schema, self.node))
        except GraphQLError as error:
            self.errors = [too_many_tokens(error, limits.tokens) or error]
        if self.node is None or self.errors:
            return
        fragments = [each for each in self.node.definitions if isinstance(each, FragmentDefinitionNode)]
        for each in self.node.definitions:
            if isinstance(each, OperationDefinitionNode):
                name = each.name.value if each.name else None
                self._operations[name] = Operation(bindings, each, fragments, self.share.grow)

    def operation(self, name: str | None) -> Operation:
        """Raises GraphQLError unless the name is that of an operation, or there is one operation and no name."""
        if name is None:
            if len(self._operations) > 1:
                raise GraphQLError("Must provide operation name if query contains multiple operations.")
            if not self._operations:
                raise GraphQLError("Must provide an operation.")
            return next(iter(self._operations.values()))
        if (found := self._operations.get(name)) is None:
            raise GraphQLError(f"Unknown operation named '{name}'.")
        return found


def _unlink(node: DocumentNode) -> None:
    """A token knows the next one and the one before, for which nobody asks any more: so they would keep each other."""
    token = node.loc.start_token if node.loc else None
    while token is not None:
        token.prev = None
        token = token.next


class Documents:
    """The documents that are asked for again and again, as long as their plans together do not have too many fields.

    A field of a plan takes about 2 KiB, a fragment that is spread often has many, and a short document can spread it: so
    the fields count, and not the characters alone.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        dialect: Dialect,
        fields: int = 30_000,
        characters: int = 4_000_000,
        limits: Limits = UNLIMITED,
    ) -> None:
        """The most that all have together; `limits` are those of one."""
        self._bindings, self._limits = Bindings(schema, dialect), limits
        self._kept = TwoQueues(fields, characters)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, source: str) -> Document:
        return self._kept.get(source) or self._keep(source, self.make(source))

    async def fetch(self, source: str) -> Document:
        """As `get`; one that is long and new is made in a thread, one at a time, so that the event loop goes on."""
        if (found := self._kept.get(source)) is not None:
            return found
        if len(source) < LONG:
            return self._keep(source, self.make(source))
        made = await asyncio.get_running_loop().run_in_executor(_apart, self.make, source)
        return self._kept.get(source) or self._keep(source, made)

    def make(self, source: str) -> Document:
        """One that is kept by whoever asks for it, if by anybody."""
        return Document(self._bindings, source, self._limits)

    def _keep(self, source: str, made: Document) -> Document:
        # What is wrong is not asked for again, or not by a client that one should be fast for.
        if not made.errors:
            self._kept.put(source, made)
        return made
