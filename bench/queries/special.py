"""Loads of a kind of their own: a million requests, for what they leave in memory; and documents that are all new."""

import time
from collections.abc import Callable, Sequence
from statistics import median

from bench.queries.answers import AllLengths
from bench.queries.data import Case
from bench.queries.measuring import Pace
from bench.queries.processes import Running
from bench.queries.questions import Question
from bench.queries.wrk import burst

MILLION, SHORT = 1_000_000, 20_000


def million(
    running: Running,
    questions: Sequence[Question],
    case: Case,
    lengths: AllLengths,
    tell: Callable[[str], None],
    most: int = MILLION,
) -> dict[str, float]:
    """The server's resident memory in MiB before and after so many requests, the questions in turn, at 16 connections."""
    before, sent, turn, began = running.memory, 0, 0, time.monotonic()
    while sent < most:
        question = questions[turn % len(questions)]
        sent += burst(running, question, case, 16, 10, lengths[running.contender.name, question.name]).requests
        turn += 1
        elapsed = time.monotonic() - began
        left = elapsed * (most - sent) / sent
        tell(f"{sent:,} of {most:,} requests, {running.memory:.0f} MiB, {max(0.0, left) / 60:.0f} minutes to go")
    return {"memory_mib_before": before, f"memory_mib_after_{'a_million' if most == MILLION else most}": running.memory}


def fresh(
    running: Sequence[Running],
    questions: Sequence[Question],
    case: Case,
    lengths: AllLengths,
    pace: Pace,
    tell: Callable[[str], None],
) -> dict[str, float]:
    """Requests per second where no document comes twice, of the first contender as a ratio to the second.

    And of each contender, how many times as many it answers where documents are known.
    """
    found = dict[str, float]()
    for question in questions:
        rates = {(each.contender.name, new): list[float]() for each in running for new in (True, False)}
        for _ in range(pace.rounds):
            for each in running:
                name = each.contender.name
                for new in (True, False):
                    measured = burst(each, question, case, 16, pace.seconds, lengths[name, question.name], fresh=new)
                    rates[name, new].append(measured.rate)
        medians = {key: median(of) for key, of in rates.items()}
        first, second = (each.contender.name for each in running[:2])
        for each in running:
            name = each.contender.name
            found[f"fresh_{question.name}_{name}"] = medians[name, True]
            found[f"known_to_fresh_{question.name}_{name}"] = medians[name, False] / medians[name, True]
            tell(f"{question.name}, {name}: {medians[name, True]:,.0f} new, {medians[name, False]:,.0f} known")
        found[f"fresh_{question.name}_to_{second}"] = medians[first, True] / medians[second, True]
    return found
