"""Whether all give the same answer to the same question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
import orjson

from bench.queries.data import Case
from bench.queries.processes import Running
from bench.queries.questions import Question

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Different(Exception):
    """A contender's answer is not CareNotes'."""


@dataclass(frozen=True)
class Lengths:
    """Of the answers to a question, in bytes."""

    shortest: int
    average: float

    def allow(self, requests: int, received: int, variants: int) -> bool:
        """Whether so much can have been answers: an error is shorter. The variants go round, the last time not to the end."""
        return received >= max(self.shortest * requests, self.average * (requests - variants))


AllLengths: TypeAlias = Mapping[tuple[str, str], Lengths]
"""By contender and question."""


def agreed(running: Sequence[Running], questions: Sequence[Question], case: Case) -> AllLengths:
    """Asks everything of everybody; raises Different unless all agree with the first."""
    lengths = dict[tuple[str, str], Lengths]()
    with httpx.Client(headers={"Authorization": f"Bearer {case.token}"}, timeout=30) as http:
        for question in questions:
            expected = list[Any]()
            for each in running:
                given = [_ask(http, each, question, variables, case) for variables in case.variables(question)]
                answers = [comparable(each.contender.translated(orjson.loads(answer))) for answer in given]
                expected = expected or answers
                for variables, answer, wanted in zip(case.variables(question), answers, expected, strict=True):
                    if answer != wanted:
                        raise Different(_difference(each, question, variables, answer, wanted))
                sizes = [len(answer) for answer in given]
                lengths[each.contender.name, question.name] = Lengths(min(sizes), sum(sizes) / len(sizes))
    return lengths


def _ask(http: httpx.Client, running: Running, question: Question, variables: dict[str, str], case: Case) -> bytes:
    contender = running.contender
    response = http.post(
        running.address + contender.path(question),
        content=contender.body(question, variables, case),
        headers={"Content-Type": "application/json"},
    )
    if response.status_code != 200 or "errors" in response.json():
        raise Different(
            f"{contender.title}, {question.name} {variables}: {response.status_code} {response.text[:2000]}"
        )
    return response.content


def comparable(answer: Any) -> Any:
    """The same instant is written in one way, whatever its precision and offset were written as."""
    if isinstance(answer, dict):
        return {key: comparable(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [comparable(value) for value in answer]
    if isinstance(answer, str) and _INSTANT.fullmatch(answer):
        return datetime.fromisoformat(answer).astimezone(UTC).isoformat()
    return answer


def _difference(running: Running, question: Question, variables: dict[str, str], answer: Any, wanted: Any) -> str:
    """Both from the first line on in which they differ."""
    ours, theirs = (orjson.dumps(each, option=orjson.OPT_INDENT_2).decode().splitlines() for each in (wanted, answer))
    at = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    shown = [f"  {line}" for lines in (theirs, ["", "instead of", ""], ours) for line in lines[max(at - 3, 0) : at + 4]]
    return "\n".join([f"{running.contender.title} answers {question.name} {variables} with", *shown])
