"""Response names under which fields can be merged."""

from tests.executor.documents.choices import Choices

Scope = tuple[str, ...]
ALIASES = ("a", "b", "c", "d")


class ResponseNames:
    """Gives a response name one meaning per scope: a field, its arguments and its type.

    A scope is a path in the response. A document with named fragments has one scope for all of it, because a fragment
    is at home in several. A daring document gives names as it likes: it may mean two fields by one name, which is right
    on types that share no object, and an invalid document elsewhere.
    """

    def __init__(self, choices: Choices, daring: bool) -> None:
        self._choices = choices
        self._daring = daring
        self._meanings: dict[tuple[Scope, str], tuple[str, str, str]] = {}

    def name(self, field: str, arguments: str, type_: str, scope: Scope) -> str:
        name = self._choices.among(ALIASES) if self._choices.chance(35) else field
        if self._daring:
            return name
        meaning, number, stem = (field, arguments, type_), 0, name
        while self._meanings.setdefault((scope, name), meaning) != meaning:
            number += 1
            name = f"{stem}{number}"
        return name
