"""Objects as applications have them: dicts, other mappings, and instances with attributes and methods."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

IDENTITY, TYPE, LEVEL = "#identity", "#type", "#level"  # no field is called so


class Record(Mapping[str, Any]):
    """A mapping that is not a dict, as rows of a database are."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class Thing:
    """An instance. The name of its type is where graphql-core looks for it: a private `__typename` of the class."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.__dict__.update(columns)
        self.__typename = columns.get("__typename")


def _columns(source: Any) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    return source.__dict__ if isinstance(source, Thing) else {}


def identity(source: Any) -> Any:
    """The same in each run, for whatever reached a resolver as its parent."""
    return _columns(source).get(IDENTITY) or f"{source!r:.40}"


def type_name(source: Any) -> Any:
    return _columns(source).get(TYPE)


def level(source: Any) -> int:
    """How many objects are above."""
    return int(_columns(source).get(LEVEL, 0))


def crc(*key: object) -> int:
    """A number for a key, the same in each process (as `hash` is not)."""
    return zlib.crc32(repr(key).encode())
