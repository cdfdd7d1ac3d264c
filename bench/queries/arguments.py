"""What the command is told, made into who is asked what and how often."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.queries.contenders import CARENOTES, FIELDS, PEERS, UNPLANNED, Contender
from bench.queries.measuring import Pace
from bench.queries.questions import QUESTIONS
from bench.report import parser

KNOWN = {each.name: each for each in (CARENOTES, *PEERS, FIELDS, UNPLANNED)}


def parsed(description: str) -> argparse.Namespace:
    flags = parser(description)
    flags.add_argument(
        "--only",
        type=_some_of(KNOWN),
        help=f"contenders, of {', '.join(KNOWN)}; the first is compared with the others",
    )
    flags.add_argument(
        "--queries",
        type=_some_of(each.name for each in QUESTIONS),
        help=f"questions, of {', '.join(each.name for each in QUESTIONS)}",
    )
    flags.add_argument("--connections", type=_numbers, help="such as 1,16,64")
    flags.add_argument("--rounds", type=int)
    flags.add_argument("--seconds", type=int, help="of each burst")
    flags.add_argument(
        "--folder", type=Path, help="keeps the database there for the next time; PostgreSQL's user must reach it"
    )
    instead = flags.add_mutually_exclusive_group()
    instead.add_argument("--million", action="store_true", help="instead: memory of CareNotes after a million requests")
    instead.add_argument(
        "--fresh",
        action="store_true",
        help="instead: every document new, with plans and without; and how much less each costs when it is known",
    )
    return flags.parse_args()


def contenders(given: argparse.Namespace) -> Sequence[Contender]:
    if given.only:
        return [KNOWN[name] for name in given.only]
    if given.million:
        return [CARENOTES]
    return [CARENOTES, UNPLANNED, FIELDS] if given.fresh else [CARENOTES, *PEERS]


def pace(given: argparse.Namespace) -> Pace:
    usual = Pace(1, 1, (16,), 0, hasty=True) if given.quick else Pace(7, 1, (1, 16, 64), 1)
    seconds = given.seconds or usual.seconds
    return replace(
        usual,
        rounds=given.rounds or usual.rounds,
        seconds=seconds,
        connections=given.connections or usual.connections,
        warm_up=min(usual.warm_up, seconds),
    )


def is_whole(given: argparse.Namespace) -> bool:
    """Whether it measures all that there is, for long enough to be published."""
    return not (given.quick or given.only or given.queries or given.connections or given.rounds or given.seconds)


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    names = set(known)

    def some(text: str) -> list[str]:
        given = text.split(",")
        if unknown := [name for name in given if name not in names]:
            raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}")
        return given

    return some


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]
