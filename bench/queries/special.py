"""Loads of a kind of their own: a million requests, for what they leave in memory; and documents that are all new."""

from collections.abc import Callable, Sequence
from statistics import median

from bench.queries.answers import AllLengths
from bench.queries.data import Case
from bench.queries.measuring import Pace
from bench.queries.processes import Running
from bench.queries.questions import Question
from bench.queries.wrk import burst

MILLION = 1_000_000


def million(
    running: Running,
    questions: Sequence[Question],
    case: Case,
    lengths: AllLengths,
    tell: Callable[[str], None],
) -> dict[str, float]:
    """The server's resident memory in MiB before and after so many requests, the questions in turn, at 16 connections."""
    before, sent, turn = running.memory, 0, 0
    while sent < MILLION:
        question = questions[turn % len(questions)]
        sent += burst(running, question, case, 16, 10, lengths[running.contender.name, question.name]).requests
        turn += 1
        tell(f"{sent:,} requests, {running.memory:.0f} MiB")
    return {"memory_mib_before": before, "memory_mib_after_a_million": running.memory}


def fresh(
    running: Sequence[Running],
    questions: Sequence[Question],
    case: Case,
    lengths: AllLengths,
    pace: Pace,
    tell: Callable[[str], None],
) -> dict[str, float]:
    """Requests per second where no document comes twice, and its ratio to that of the second contender."""
    found = dict[str, float]()
    for question in questions:
        rates = {each.contender.name: list[float]() for each in running}
        for _ in range(pace.rounds):
            for each in running:
                expected = lengths[each.contender.name, question.name]
                rates[each.contender.name].append(
                    burst(each, question, case, 16, pace.seconds, expected, fresh=True).rate
                )
        medians = {name: median(of) for name, of in rates.items()}
        first, second = medians
        tell(f"{question.name}, every document new: " + ", ".join(f"{n} {rate:,.0f}" for n, rate in medians.items()))
        found |= {f"fresh_{question.name}_{name}": rate for name, rate in medians.items()}
        found[f"fresh_{question.name}_to_{second}"] = medians[first] / medians[second]
    return found
