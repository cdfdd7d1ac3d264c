"""Which documents are kept: those that were asked for again; and those that were not yet, in a tenth of the room.

This is 2Q (Johnson and Shasha, "2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm", VLDB 1994): a
client that sends new documents all the time pushes out what is new, and nothing that others ask for. What was pushed out
and is asked for after all is known by its hash.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executor.documents import Document

NEW = 10
"""Of all room, this part is for documents that were asked for once."""
GONE = 10_000
"""Hashes of documents that were let go before they were asked for again."""


class Share:
    """What a document takes: the fields that its plans have bound, and the shelf that it is on, if any."""

    def __init__(self) -> None:
        self.fields = 0
        self.shelf: Shelf | None = None

    def grow(self, fields: int) -> None:
        self.fields += fields
        if self.shelf is not None:
            self.shelf.grow(fields)


class Shelf:
    """Documents, as long as they do not have too many fields or characters together. The last used ones stay."""

    def __init__(self, fields: int, characters: int) -> None:
        self._most_fields, self._most_characters = fields, characters
        self.documents: OrderedDict[str, Document] = OrderedDict()
        self.fields = self._characters = 0
        self.gone: OrderedDict[int, None] = OrderedDict()
        """The hashes of those that were let go last."""

    def put(self, source: str, document: "Document") -> None:
        self.documents[source] = document
        document.share.shelf = self
        self._characters += len(source)
        self.grow(document.share.fields)

    def take(self, source: str) -> "Document":
        document = self.documents.pop(source)
        document.share.shelf = None
        self._characters -= len(source)
        self.fields -= document.share.fields
        return document

    def grow(self, fields: int) -> None:
        self.fields += fields
        while self.fields > self._most_fields or self._characters > self._most_characters:
            source = next(iter(self.documents))
            self.take(source)
            self.gone[hash(source)] = None
            if len(self.gone) > GONE:
                self.gone.popitem(last=False)


class Kept:
    def __init__(self, fields: int, characters: int) -> None:
        """The most that all have together."""
        self.new = Shelf(fields // NEW, characters // NEW)
        self.known = Shelf(fields - fields // NEW, characters - characters // NEW)

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
        again = self.new.gone.pop(hash(source), self) is None
        (self.known if again else self.new).put(source, document)
