"""A benchmark on servers of its own: its flags, the servers, its table, its targets."""

import asyncio
import secrets
import shutil
import tempfile
from argparse import Namespace
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from bench.report import finish, parser, publish
from db.embedded import Servers, running

Found: TypeAlias = Coroutine[Any, Any, tuple[Mapping[str, float], str]]
Measure: TypeAlias = Callable[[Servers, bool], Found]
"""Told whether it shall be quick; gives its figures, and the text with its table."""


def main(name: str, description: str | None, measure: Measure) -> None:
    """Ends the process."""

    def measured(servers: Servers, _: Path, quick: bool) -> Found:
        return measure(servers, quick)

    run(name, parser(description or "").parse_args(), measured)


def run(name: str, arguments: Namespace, measure: Callable[[Servers, Path, bool], Found]) -> None:
    """For a benchmark with flags of its own; `measure` is told where the servers' folder is, too. Ends the process."""
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    try:
        with running(folder) as servers:
            figures, text = asyncio.run(measure(servers, folder, arguments.quick))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if not arguments.quick:
        publish(name, text)
    finish(name, figures, arguments)
