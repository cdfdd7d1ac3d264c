"""The project's own code, parsed."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "cli",
    "db",
    "delivery",
    "doctor",
    "endpoint",
    "live",
    "loaders",
    "monitoring",
    "resolvers",
    "schema",
    "templates",
)


@cache
def sources() -> Sequence[tuple[str, ast.Module]]:
    """Path and syntax tree of each file of the application. Parsed once, for all tests."""
    files = [*ROOT.glob("*.py"), *(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))]
    return [(file.relative_to(ROOT).as_posix(), ast.parse(file.read_text())) for file in files]


def imported(tree: ast.Module) -> Iterator[str]:
    """The full names of what a file imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
