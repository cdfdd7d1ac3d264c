"""A benchmark on servers of its own: its flags, the servers, its table, its targets."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench.report import finish, parser, publish
from db.embedded import Servers, running

Measure = Callable[[Servers, bool], Awaitable[tuple[Mapping[str, float], str]]]
"""Told whether it shall be quick; gives its figures, and the text with its table."""


def main(name: str, description: str | None, measure: Measure) -> None:
    """Ends the process."""
    arguments = parser(description or "").parse_args()
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"

    async def measured(servers: Servers) -> tuple[Mapping[str, float], str]:
        return await measure(servers, arguments.quick)

    try:
        with running(folder) as servers:
            figures, text = asyncio.run(measured(servers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if not arguments.quick:
        publish(name, text)
    finish(name, figures, arguments)
