"""Who answers."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.queries.data import Case
from bench.queries.questions import Question


def _ours(question: Question, variables: Mapping[str, str], _: Case) -> bytes:
    return orjson.dumps({"query": question.document, "variables": variables})


def _same(answer: Any) -> Any:
    return answer


@dataclass(frozen=True)
class Contender:
    name: str
    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    as_owner: bool = False
    """Logs in as the role that owns the tables, whom row-level security does not bind; statements name the tenant."""
    path: Callable[[Question], str] = lambda _: "/graphql"
    body: Callable[[Question, Mapping[str, str], Case], bytes] = _ours
    translated: Callable[[Any], Any] = _same
    """Makes of its answer what CareNotes' would be, where its schema has another shape."""


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _floor(question: Question) -> str:
    return f"/{question.name}"


CARENOTES = Contender("carenotes", "CareNotes as shipped", _python("server.py"))
UNPLANNED = Contender("unplanned", "CareNotes without plans", CARENOTES.command, {"PLANS": "off"})

PEERS = (
    Contender("stock", "stock Strawberry", _python("-m", "bench.peers.stock")),
    Contender(
        "floor_rls", "floor, with RLS", _python("-m", "bench.peers.floor"), {"ROW_LEVEL_SECURITY": "on"}, path=_floor
    ),
    Contender(
        "floor",
        "floor, without RLS",
        _python("-m", "bench.peers.floor"),
        {"ROW_LEVEL_SECURITY": "off"},
        as_owner=True,
        path=_floor,
    ),
)
