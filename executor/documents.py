"""Documents: parsed, validated and planned once, for as long as they are asked for.

Everything is bounded: a document that is long is not kept, and those that are kept have a bounded length together, so
a client that sends new ones all the time makes the cache useless for a while, and nothing grow.
"""

from collections import OrderedDict

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
)

from executor.dialects import Dialect
from executor.operations import Operation


class Document:
    """`errors` are those of parsing or of validation; a document that has some has no operations."""

    def __init__(self, schema: GraphQLSchema, dialect: Dialect, source: str) -> None:
        self.node: DocumentNode | None = None
        self.errors: list[GraphQLError] = []
        self._operations: dict[str | None, Operation] = {}
        try:
            self.node = parse(source)
            self.errors = list(dialect.validate(schema, self.node))
        except GraphQLError as error:
            self.errors = [error]
        if self.node is None or self.errors:
            return
        fragments = [each for each in self.node.definitions if isinstance(each, FragmentDefinitionNode)]
        for each in self.node.definitions:
            if isinstance(each, OperationDefinitionNode):
                name = each.name.value if each.name else None
                self._operations[name] = Operation(schema, dialect, each, fragments)

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


class Documents:
    """The documents asked for last. `length` is the most characters that they have together."""

    LONGEST = 1 / 16
    """The share of the whole length that one document may take."""

    def __init__(self, schema: GraphQLSchema, dialect: Dialect, length: int = 4_000_000) -> None:
        self._schema, self._dialect, self._length = schema, dialect, length
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._used = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, source: str) -> Document:
        found = self._kept.get(source)
        if found is not None:
            self._kept.move_to_end(source)
            return found
        made = Document(self._schema, self._dialect, source)
        # What is wrong is not asked for again, or not by a client that one should be fast for.
        if not made.errors and len(source) <= self._length * self.LONGEST:
            self._kept[source] = made
            self._used += len(source)
            while self._used > self._length:
                old, _ = self._kept.popitem(last=False)
                self._used -= len(old)
        return made
