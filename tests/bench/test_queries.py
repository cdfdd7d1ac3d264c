"""What `python -m bench.queries` compares must stay comparable: equal answers, from all that needs no node."""

import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson
import psutil
import pytest
from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse, print_ast

from bench.queries import chart, postgraphile, tables, wrk
from bench.queries.answers import Different, Lengths, agreed
from bench.queries.contenders import CARENOTES, PEERS, Contender
from bench.queries.data import Case, case, fill
from bench.queries.measuring import Pace, Results
from bench.queries.processes import Running, started
from bench.queries.questions import QUESTIONS, SIMPLE, Question
from bench.queries.wrk import NOTHING, Sample
from db.embedded import Servers
from tests.conftest import Cluster, DatabaseMaker

CONTENDERS = [CARENOTES, *(each for each in PEERS if not each.needs_node)]

# Like the scripts that start node: the server is a process below, and does not end with the one above.
FORKING = """
import http.server, os, signal
if os.fork():
    os.wait()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
http.server.test(port=int(os.environ["PORT"]))
"""


@pytest.fixture(scope="module")
async def asked(make_database: DatabaseMaker, cluster: Cluster) -> tuple[Servers, Case]:
    made = await make_database()
    servers = Servers(made.app_url, made.owner_url, made.admin_url, cluster.redis_url)
    await fill(servers, notes=400)
    return servers, await case(servers.migration_database_url, secrets.token_urlsafe(48), variants=2)


@pytest.fixture(scope="module")
def processes(asked: tuple[Servers, Case], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    with started(CONTENDERS, *asked, tmp_path_factory.mktemp("logs")) as running:
        yield running


def test_all_give_the_same_answers(processes: list[Running], asked: tuple[Servers, Case]) -> None:
    _, case = asked
    lengths = agreed(processes, QUESTIONS, case)
    assert len(lengths) == len(CONTENDERS) * len(QUESTIONS)
    # An answer of no rows would be the same everywhere, too.
    assert min(each.shortest for each in lengths.values()) > 500
    totals = list[int]()

    def counted(answer: Any) -> Any:
        totals.append(answer["data"]["dailyStats"]["total"])
        return answer

    ours = replace(processes[0], contender=replace(processes[0].contender, translated=counted))
    agreed([ours], [each for each in QUESTIONS if each.name == "statistics"], case)
    assert min(totals) == 0 < max(totals), "a facility's day with notes, and one without a row"

    def altered(answer: Any) -> Any:
        answer["data"]["notes"]["edges"][3]["node"]["text"] += "."
        return answer

    other = replace(processes[-1], contender=replace(processes[-1].contender, translated=altered))
    with pytest.raises(Different, match=f"{other.contender.title} answers flat"):
        agreed([processes[0], other], QUESTIONS[:1], case)


def test_postgraphile_s_columns_become_our_lists() -> None:
    day = {
        "date": "2025-12-30",
        "total": 3,
        "uniquePatients": {"totalCount": 2},
        "category_WOUND_CARE": 3,
        "shift_DAY": 1,
    }
    assert postgraphile.translated({"data": {"facilityDays": {"nodes": [day]}}}) == {
        "data": {
            "dailyStats": {
                "date": "2025-12-30",
                "total": 3,
                "uniquePatients": 2,
                "byCategory": [{"category": "WOUND_CARE", "notes": 3}],
                "byShift": [{"shift": "DAY", "notes": 1}],
            }
        }
    }


@pytest.mark.parametrize("new", wrk.NEW)
@pytest.mark.parametrize("question", [*QUESTIONS, SIMPLE], ids=lambda question: question.name)
def test_every_question_can_be_made_a_new_one(question: Question, new: wrk.New) -> None:
    body = wrk.renewable(orjson.dumps({"query": question.document}), new)
    [operation] = parse(orjson.loads(body)["query"]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    levels = dict(_levels(operation.selection_set))
    assert levels["fresh_0: __typename"] == (1 if new == "document" else max(levels.values()))


def _levels(selections: SelectionSetNode, level: int = 1) -> Iterator[tuple[str, int]]:
    """Of each field its text, and how deep it is."""
    for field in selections.selections:
        assert isinstance(field, FieldNode)
        yield print_ast(field), level
        if field.selection_set:
            yield from _levels(field.selection_set, level + 1)


@pytest.mark.skipif(not wrk.found(), reason=wrk.HOW_TO_GET_IT)
def test_a_burst_counts_answers_and_no_errors(processes: list[Running], asked: tuple[Servers, Case]) -> None:
    _, case = asked
    of_ours = Lengths(5_000, 5_000)
    assert wrk.burst(processes[0], QUESTIONS[0], case, 2, 1, of_ours, new="shape").requests > 0
    with pytest.raises(wrk.Failed):
        wrk.burst(processes[0], QUESTIONS[0], replace(case, token="of nobody"), 2, 1, of_ours)


def test_what_a_contender_started_ends_with_it(asked: tuple[Servers, Case], tmp_path: Path) -> None:
    forking = [sys.executable, "-c", FORKING]
    with started([Contender("forking", "A script", forking)], *asked, tmp_path) as [running]:
        [child] = running.process.children()
    _, alive = psutil.wait_procs([child], timeout=5)
    assert all(each.status() == psutil.STATUS_ZOMBIE for each in alive)


def test_ratios_are_of_the_first_to_the_others() -> None:
    contenders, pace = [CARENOTES, PEERS[0]], Pace(3, 1, (16,), 0)
    results = _results({CARENOTES: (400.0, 300.0, 9.0), PEERS[0]: (100.0, 9.0, 200.0)})
    figures = tables.figures(results, contenders, QUESTIONS[:1], pace)
    assert figures["flat_16_carenotes"] == 300
    assert figures[f"flat_16_to_{PEERS[0].name}"] == 4  # round by round: 4, 33 and 0.045
    assert f"| {PEERS[0].title} | 100 (4.00) |" in tables.text(results, contenders, QUESTIONS[:1], pace)
    ElementTree.fromstring(chart.drawn(results, contenders, QUESTIONS[:1]))


def test_who_is_too_slow_is_said_to_be() -> None:
    results = _results({CARENOTES: (400.0,), PEERS[0]: (NOTHING.rate,)})
    shown = tables.text(results, [CARENOTES, PEERS[0]], QUESTIONS[:1], Pace(1, 1, (16,), 0))
    assert f"| {PEERS[0].title} | too slow |" in shown


def _results(rates: dict[Contender, tuple[float, ...]]) -> Results:
    return Results(
        {(each.name, "flat", 16): [Sample(1, rate, 1.0, 1.5, 2.0, 0.5) for rate in of] for each, of in rates.items()},
        {each.name: 50.0 for each in rates},
    )
