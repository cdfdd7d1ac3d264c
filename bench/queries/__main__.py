"""Requests per second of CareNotes, of stock Strawberry, PostGraphile, Mercurius and of handwritten SQL, side by side.

All of them answer from the same database, and are measured only if they give the same answers.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.queries import arguments, chart, special, tables, wrk
from bench.queries.answers import agreed
from bench.queries.contenders import Contender, peers_are_installed
from bench.queries.data import Case, case, fill
from bench.queries.measuring import measured
from bench.queries.processes import started
from bench.queries.questions import QUESTIONS, SIMPLE
from bench.queries.versions import versions
from bench.report import finish, machine, publish
from db.embedded import Servers, running


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def database(given: argparse.Namespace) -> Iterator[tuple[Servers, Case]]:
    """Filled servers in the folder that was given, or in one that is removed."""
    notes, variants = (10_000, 4) if given.quick else (100_000, 16)
    folder: Path = given.folder or Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    try:
        with running(folder) as servers:
            tell("preparing the database")
            asyncio.run(fill(servers, notes))
            yield servers, asyncio.run(case(servers.migration_database_url, secrets.token_urlsafe(48), variants))
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def at_hand(contenders: Sequence[Contender], given: argparse.Namespace) -> Sequence[Contender]:
    """Ends the process where something is missing; --quick makes do without the peers in node."""
    if not wrk.found():
        tell(wrk.HOW_TO_GET_IT)
        sys.exit(2)
    if peers_are_installed() or not any(each.needs_node for each in contenders):
        return contenders
    if given.quick and not given.only:
        tell("PostGraphile and Mercurius are left out: `make peers` installs them")
        return [each for each in contenders if not each.needs_node]
    tell("PostGraphile and Mercurius are not installed: `make peers` does that")
    sys.exit(2)


def main() -> None:
    given = arguments.parsed(__doc__ or "")
    contenders = at_hand(arguments.contenders(given), given)
    questions = [each for each in QUESTIONS if not given.queries or each.name in given.queries]
    pace = arguments.pace(given)
    with (
        database(given) as (servers, asked),
        tempfile.TemporaryDirectory() as logs,
        started(contenders, servers, asked, Path(logs)) as processes,
    ):
        lengths = agreed(processes, questions, asked)
        tell("same answers from " + "; ".join(each.title for each in contenders))
        if given.million:
            figures = special.million(
                processes[0], questions, asked, lengths, tell, special.SHORT if given.quick else special.MILLION
            )
        elif given.fresh:
            ours = processes[0]
            figures = special.fresh(processes, questions, asked, lengths, pace, tell)
            figures |= special.uncached(ours, asked, agreed([ours], [SIMPLE], asked), pace, tell)
        else:
            results = measured(processes, questions, asked, pace, lengths, tell)
            figures = tables.figures(results, contenders, questions, pace)
            text = tables.text(results, contenders, questions, pace)
            print(text)
            if arguments.is_whole(given):
                head = f"{machine()}; {versions(servers)}."
                publish("queries", f"{head} `python -m bench.queries`: {tables.explained(pace)}\n\n{text}")
                chart.FILE.write_text(chart.drawn(results, contenders, questions))
    finish("queries", figures, given)


if __name__ == "__main__":
    main()
