"""When a reminder is due and when a lease runs out is for the database's clock to say: those of dispatchers may differ."""

import ast

import pytest

from tests.guards.sources import sources

DELIVERY = {f"delivery/{name}.py" for name in ("dispatcher", "judging", "lanes", "retry")}
QUEUE = [path for path, _ in sources() if path.startswith("db/reminders/") or path in DELIVERY]
# What tells the time of day of the machine. The running loop's clock is for lengths of time.
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time"), ("time", "time_ns")}


def clocks(tree: ast.Module) -> set[tuple[str, str]]:
    return {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    } & CLOCKS


@pytest.mark.parametrize("path", QUEUE)
def test_no_clock_but_the_databases_is_read(path: str) -> None:
    assert clocks(dict(sources())[path]) == set()


def test_a_clock_would_be_seen() -> None:
    assert clocks(ast.parse("import time\nnow = time.time()")) == {("time", "time")}
