"""What is asked. A question is a document in documents/, and each peer's own way to answer it.

A new one: a line here, its document, a statement in peers/sql/, and what the peers in node need for it.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

DOCUMENTS = Path(__file__).parent / "documents"


@dataclass(frozen=True)
class Question:
    name: str
    title: str
    varies: str
    """The document's one variable, if it has one. It has another value with every request: `data.Case` knows which."""

    @cached_property
    def document(self) -> str:
        return (DOCUMENTS / f"{self.name}.graphql").read_text()


QUESTIONS = (
    Question("flat", "50 notes", "before"),
    Question("nested", "50 notes, 3 relations", "before"),
    Question("statistics", "statistics of a day", "facility"),
    Question("patients", "10 patients, 5 notes each", "facility"),
    Question("counts", "200 patients, notes, counts", "before"),
)

SIMPLE = Question("simple", "5 patients", "facility")
"""What a document costs that the server has not seen, where its answer costs little. No peer is asked for it."""
