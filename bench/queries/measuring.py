"""Rounds of bursts, one contender after the other, so that what the machine does meanwhile meets all of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from bench.queries.answers import AllLengths
from bench.queries.data import Case
from bench.queries.processes import Running
from bench.queries.questions import Question
from bench.queries.wrk import NOTHING, Sample, burst

PATIENCE = 60
"""Seconds for one answer on each connection. Who needs longer is not asked on so many."""


@dataclass(frozen=True)
class Pace:
    rounds: int
    seconds: int
    connections: Sequence[int]
    warm_up: int
    """Seconds per contender and question, before the first round: a just-in-time compiler needs them."""
    hasty: bool = False
    """A burst ends on time, however few requests a slow server has answered; else not before one on each connection."""


@dataclass(frozen=True)
class Results:
    """Medians over the rounds."""

    samples: Mapping[tuple[str, str, int], Sequence[Sample]]
    """By contender, question and connections."""
    memory: Mapping[str, float]
    """By contender, in MiB, after all of it."""

    def rate(self, contender: str, question: str, connections: int) -> float:
        return median(sample.rate for sample in self.samples[contender, question, connections])

    def ratio(self, of: str, to: str, question: str, connections: int) -> float:
        """Of their rates, round by round: what the machine does meanwhile, it does to both."""
        pairs = zip(self.samples[of, question, connections], self.samples[to, question, connections], strict=True)
        return median(one.rate / other.rate for one, other in pairs)

    def p50(self, contender: str, question: str, connections: int) -> float:
        return median(sample.p50 for sample in self.samples[contender, question, connections])

    def cpu(self, contender: str, question: str, connections: int) -> float:
        return median(sample.cpu for sample in self.samples[contender, question, connections])

    def p99(self, contender: str, question: str, connections: int) -> float:
        return median(sample.p99 for sample in self.samples[contender, question, connections])


def measured(
    running: Sequence[Running],
    questions: Sequence[Question],
    case: Case,
    pace: Pace,
    lengths: AllLengths,
    tell: Callable[[str], None],
) -> Results:
    samples = dict[tuple[str, str, int], list[Sample]]()
    rates = dict[tuple[str, str], float]()

    def run(each: Running, question: Question, connections: int, seconds: int) -> Sample:
        least = 1 if pace.hasty else connections
        asked = each.contender.name, question.name
        needs = 1.2 * least / rates[asked] if asked in rates else 0
        if needs > PATIENCE:
            return NOTHING
        made = burst(each, question, case, connections, max(seconds, math.ceil(needs)), lengths[asked], least)
        rates[asked] = made.rate
        return made

    if pace.warm_up:
        tell("warming up")
        for question, each in product(questions, running):
            once = run(each, question, 1, pace.warm_up)
            if once.rate * pace.warm_up > 16:
                run(each, question, 16, pace.warm_up)
    for number in range(1, pace.rounds + 1):
        tell(f"round {number} of {pace.rounds}")
        in_turn = running if number % 2 else running[::-1]
        for connections in pace.connections:
            for question in questions:
                for each in in_turn:
                    sample = run(each, question, connections, pace.seconds)
                    samples.setdefault((each.contender.name, question.name, connections), []).append(sample)
    return Results(samples, {each.contender.name: each.memory for each in running})
