"""Loads of a kind of their own: a million requests, for what they leave in memory; and documents that are all new."""

import time
from collections.abc import Callable, Sequence
from itertools import product
from statistics import median

from bench.queries.answers import AllLengths
from bench.queries.data import Case
from bench.queries.measuring import Pace
from bench.queries.processes import Running
from bench.queries.questions import SIMPLE, Question
from bench.queries.wrk import NEW, New, burst

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
    """Requests per second where nothing comes twice, of the first contender as a ratio to the second.

    And of each contender, how many times as many it answers where documents are known; and the resident memory that the first
    has in the end, in MiB.
    """
    found = dict[str, float]()
    names = [each.contender.name for each in running]
    for question in questions:
        rates: dict[tuple[str, New | None], list[float]] = {(name, new): [] for name in names for new in (None, *NEW)}
        for _ in range(pace.rounds):
            for each, new in product(running, (None, *NEW)):
                name = each.contender.name
                sample = burst(each, question, case, 16, pace.seconds, lengths[name, question.name], new=new)
                rates[name, new].append(sample.rate)
        medians = {key: median(of) for key, of in rates.items()}
        for name, new in product(names, NEW):
            found[f"new_{new}_{question.name}_{name}"] = medians[name, new]
            found[f"known_to_new_{new}_{question.name}_{name}"] = medians[name, None] / medians[name, new]
            tell(
                f"{question.name}, {name}: {medians[name, new]:,.0f} with a new {new}, {medians[name, None]:,.0f} known"
            )
        for new in NEW:
            found[f"new_{new}_{question.name}_to_{names[1]}"] = medians[names[0], new] / medians[names[1], new]
    found["memory_mib_after_new_documents"] = running[0].memory
    tell(f"{names[0]}: {running[0].memory:.0f} MiB")
    return found


TURNS = 3
"""Times as many rounds as elsewhere: one request at a time is most at the mercy of what else the machine does."""


def uncached(
    running: Running, case: Case, lengths: AllLengths, pace: Pace, tell: Callable[[str], None]
) -> dict[str, float]:
    """How many times as long a simple question takes that is new: half of all requests, one at a time, take no longer."""
    waits: dict[New | None, list[float]] = {new: [] for new in (None, *NEW)}
    for _ in range(TURNS * pace.rounds):
        for new, times in waits.items():
            sample = burst(
                running, SIMPLE, case, 1, pace.seconds, lengths[running.contender.name, SIMPLE.name], new=new
            )
            times.append(sample.p50)
    known = median(waits[None])
    for new, times in waits.items():
        tell(f"{SIMPLE.name}, {f'a new {new}' if new else 'known'}: {median(times):.2f} ms")
    return {f"{SIMPLE.name}_new_{new}_to_known": median(waits[new]) / known for new in NEW}
