"""One run of wrk against one contender."""

import math
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import orjson

from bench.queries.answers import Lengths
from bench.queries.data import Case
from bench.queries.processes import Running
from bench.queries.questions import Question

SCRIPT = Path(__file__).with_name("requests.lua")
PATIENCE = 120
"""Seconds for one answer: slowness is a figure, not a failure."""
HOW_TO_GET_IT = (
    "This needs wrk (https://github.com/wg/wrk). On Debian: apt-get install wrk; on macOS: brew install wrk."
)


class Failed(Exception):
    """Not every request was answered in full."""


@dataclass(frozen=True)
class Sample:
    requests: int
    rate: float
    p50: float
    """Milliseconds, as are p95, p99 and cpu."""
    p95: float
    p99: float
    cpu: float
    """Of the server's own processes, for one request: what a busy machine changes least."""


def found() -> bool:
    return shutil.which("wrk") is not None


NOTHING = Sample(0, *[math.nan] * 5)
"""Of who would take too long over it."""

New: TypeAlias = Literal["document", "shape"]
"""What no request has in common with another: the document's text alone, or also what it selects of a row."""
NEW: tuple[New, ...] = get_args(New)


def renewable(body: bytes, new: New) -> bytes:
    """With an alias that requests.lua makes another with each request: at the operation's beginning, or at its very inside."""
    outside, brace, inside = (body.partition if new == "document" else body.rpartition)(rb"{\n")
    return outside + brace + rb"fresh_0: __typename\n" + inside


def burst(
    running: Running,
    question: Question,
    case: Case,
    connections: int,
    seconds: int,
    lengths: Lengths,
    least: int = 1,
    new: New | None = None,
) -> Sample:
    """As many requests as there is time for; where that are not even the least, anew with as much as they seem to need.

    Raises Failed where answers are shorter than those that were checked: some are errors.
    `new` makes every document one that the server has not seen.
    """
    contender = running.contender
    bodies = [contender.body(question, variables, case) for variables in case.variables(question)]
    if new:
        bodies = [renewable(body, new) for body in bodies]
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"\n".join(bodies))
        file.flush()
        arguments = [contender.path(question), file.name, *([secrets.token_hex(4)] if new else [])]
        command = [
            "wrk",
            "--threads=1",
            f"--connections={connections}",
            f"--duration={seconds}s",
            f"--timeout={PATIENCE}s",
        ]
        command += [f"--script={SCRIPT}", f"--header=Authorization: Bearer {case.token}", running.address, "--"]
        before = running.cpu
        output = subprocess.run([*command, *arguments], check=True, capture_output=True).stdout
    spent = running.cpu - before
    running.settle()
    summary = orjson.loads(output.splitlines()[-1])
    if summary["failed"] or not lengths.allow(summary["requests"], summary["bytes"], len(bodies)):
        raise Failed(f"{contender.title}, {question.name}, {connections} connections: {summary}, expected {lengths}")
    if summary["requests"] < least:
        times = math.ceil(1.2 * least / summary["requests"]) if summary["requests"] else 2
        return burst(running, question, case, connections, seconds * max(2, times), lengths, least, new)
    return Sample(
        summary["requests"],
        summary["requests"] / summary["microseconds"] * 1e6,
        summary["p50"] / 1000,
        summary["p95"] / 1000,
        summary["p99"] / 1000,
        spent * 1000 / summary["requests"],
    )
