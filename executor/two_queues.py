"""Which documents are kept: those that were asked for again; and those that were not yet, in a tenth of the room.

This is 2Q (Johnson and Shasha, "2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm", VLDB 1994): a
client that sends new documents all the time pushes out what is new, and nothing that others ask for. What was let go and
is asked for after all is known by its hash.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executor.documents import Document

NEW = 10
"""Of all room, this part is for documents that were asked for once."""
GONE = 10_000
"""Documents that were let go last, whose hashes are known."""


class Share:
    """What a document takes: the fields that its plans have bound, of the queue that it is in, if any."""

    def __init__(self) -> None:
        self.fields = 0
        self.queue: Queue | None = None

    def grow(self, fields: int) -> None:
        self.fields += fields
        if self.queue is not None:
            self.queue.grow(fields)


class Queue:
    """Documents, as long as they do not have too many fields or characters together. The last used ones stay."""

    def __init__(self, fields: int, characters: int, gone: OrderedDict[int, None]) -> None:
        """The most that all have together; and where to leave the hashes of those that are let go."""
        self._most_fields, self._most_characters, self._gone = fields, characters, gone
        self.documents: OrderedDict[str, Document] = OrderedDict()
        self.fields = self._characters = 0

    def put(self, source: str, document: "Document") -> None:
        self.documents[source] = document
        document.share.queue = self
        self._characters += len(source)
        self.grow(document.share.fields)

    def take(self, source: str) -> "Document":
        document = self.documents.pop(source)
        document.share.queue = None
        self._characters -= len(source)
        self.fields -= document.share.fields
        return document

    def grow(self, fields: int) -> None:
        self.fields += fields
        while self.fields > self._most_fields or self._characters > self._most_characters:
            source = next(iter(self.documents))
            self.take(source)
            self._gone[hash(source)] = None
            if len(self._gone) > GONE:
                self._gone.popitem(last=False)


class TwoQueues:
    def __init__(self, fields: int, characters: int) -> None:
        """The most that all have together."""
        self.gone: OrderedDict[int, None] = OrderedDict()
        self.new = Queue(fields // NEW, characters // NEW, self.gone)
        self.known = Queue(fields - fields // NEW, characters - characters // NEW, self.gone)

    def __len__(self) -> int:
        return len(self.new.documents) + len(self.known.documents)

    def get(self, source: str) -> "Document | None":
        if (found := self.known.documents.get(source)) is not None:
            self.known.documents.move_to_end(source)
        elif source in self.new.documents:
            found = self.new.take(source)
            self.known.put(source, found)
        return found

    def put(self, source: str, document: "Document") -> None:
        again = hash(source) in self.gone
        if again:
            del self.gone[hash(source)]
        (self.known if again else self.new).put(source, document)
