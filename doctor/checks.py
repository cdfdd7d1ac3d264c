"""What a check is, and what it finds."""

from collections.abc import AsyncIterator, Callable, Iterator
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from doctor.subject import Subject


class Level(IntEnum):
    """How bad it is; OK is for checks that found nothing."""

    OK = 0
    NOTE = 1
    WARNING = 2
    PROBLEM = 3


class Finding(NamedTuple):
    level: Level
    what: str
    advice: str = ""


def note(what: str, advice: str = "") -> Finding:
    """Worth knowing, and maybe as it should be."""
    return Finding(Level.NOTE, what, advice)


def warning(what: str, advice: str) -> Finding:
    """Works, and will hurt."""
    return Finding(Level.WARNING, what, advice)


def problem(what: str, advice: str) -> Finding:
    """Data, tenancy or service is at stake."""
    return Finding(Level.PROBLEM, what, advice)


Look: TypeAlias = Callable[[Subject], AsyncIterator[Finding]]


class Check(NamedTuple):
    group: str
    name: str
    about: str
    """What is true where nothing is found."""
    look: Look


class Group:
    """Checks of one kind. A check's name is its function's, and what it is about that function's docstring."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._checks: list[Check] = []

    def check(self, look: Look) -> Look:
        name = getattr(look, "__name__")  # noqa: B009  # of functions, which the type does not say they are
        self._checks.append(Check(self.name, name, (look.__doc__ or "").strip(), look))
        return look

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks)
