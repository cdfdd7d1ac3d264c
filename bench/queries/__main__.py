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

from bench.queries import chart, special, tables, wrk
from bench.queries.answers import agreed
from bench.queries.contenders import CARENOTES, PEERS, UNPLANNED, Contender
from bench.queries.data import Case, case, fill
from bench.queries.measuring import Pace, measured
from bench.queries.processes import started
from bench.queries.questions import QUESTIONS
from bench.report import finish, machine, parser, publish
from db.embedded import Servers, running


def arguments() -> argparse.Namespace:
    flags = parser(__doc__ or "")
    flags.add_argument(
        "--only", type=_names, help="contenders, such as carenotes,floor_rls; the first is compared with the others"
    )
    flags.add_argument("--queries", type=_names, help="questions, such as flat,nested")
    flags.add_argument("--connections", type=_numbers, help="such as 1,16,64")
    flags.add_argument("--rounds", type=int)
    flags.add_argument("--seconds", type=int, help="of each burst")
    flags.add_argument(
        "--folder", type=Path, help="a database that is made there if need be, and kept for the next time"
    )
    flags.add_argument("--million", action="store_true", help="instead: memory of CareNotes after a million requests")
    flags.add_argument("--fresh", action="store_true", help="instead: a load of documents that are all new")
    return flags.parse_args()


def _names(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def database(given: Path | None, notes: int) -> Iterator[tuple[Servers, Case]]:
    """Filled servers in the folder that was given, or in one that is removed."""
    folder = given or Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    try:
        with running(folder) as servers:
            tell("preparing the database")
            asyncio.run(fill(servers, notes))
            yield servers, asyncio.run(case(servers.migration_database_url, secrets.token_urlsafe(48)))
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    given = arguments()
    if not wrk.found():
        tell(wrk.HOW_TO_GET_IT)
        sys.exit(2)
    questions = [each for each in QUESTIONS if not given.queries or each.name in given.queries]
    contenders = _contenders(given)
    pace = _pace(given)
    # To tune by: a run of something less than all is no result to publish.
    whole = not (given.quick or given.only or given.queries or given.connections or given.rounds or given.seconds)
    with (
        database(given.folder, 10_000 if given.quick else 100_000) as (servers, asked),
        tempfile.TemporaryDirectory() as logs,
        started(contenders, servers, asked, Path(logs)) as processes,
    ):
        sizes = agreed(processes, questions, asked)
        tell(f"{', '.join(each.title for each in contenders)}: same answers")
        if given.million:
            figures = special.million(processes[0], questions, asked, sizes, tell)
        elif given.fresh:
            figures = special.fresh(processes, questions, asked, pace.rounds, pace.seconds, tell)
        else:
            results = measured(processes, questions, asked, pace, sizes, tell)
            figures = tables.figures(results, contenders, questions, pace)
            text = tables.text(results, contenders, questions, pace)
            print(text)
            if whole:
                publish("queries", f"{machine()}\n\n{text}")
                chart.FILE.write_text(chart.drawn(results, contenders, questions))
    finish("queries", figures, given)


def _contenders(given: argparse.Namespace) -> Sequence[Contender]:
    if given.million:
        return [CARENOTES]
    if given.fresh:
        return [CARENOTES, UNPLANNED]
    known = {each.name: each for each in (CARENOTES, UNPLANNED, *PEERS)}
    return [known[name] for name in given.only] if given.only else [CARENOTES, *PEERS]


def _pace(given: argparse.Namespace) -> Pace:
    pace = Pace(1, 1, (16,), 0) if given.quick else Pace(5, 3, (1, 16, 64), 3)
    return Pace(
        rounds=given.rounds or pace.rounds,
        seconds=given.seconds or pace.seconds,
        connections=given.connections or pace.connections,
        warm_up=min(pace.warm_up, given.seconds or pace.warm_up),
    )


if __name__ == "__main__":
    main()
