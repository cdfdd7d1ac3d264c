"""What `python -m bench.queries` compares must stay comparable: equal answers, from all that needs no node."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.queries import chart, tables
from bench.queries.answers import Different, agreed
from bench.queries.contenders import CARENOTES, PEERS, Contender
from bench.queries.data import Case, case, fill
from bench.queries.measuring import Pace, Results
from bench.queries.processes import Running, started
from bench.queries.questions import QUESTIONS
from bench.queries.wrk import Sample
from db.embedded import Servers
from tests.conftest import Cluster, TestDatabase

CONTENDERS = [CARENOTES, *(each for each in PEERS if not each.needs_node)]


@pytest.fixture
async def asked(fresh_database: TestDatabase, cluster: Cluster) -> tuple[Servers, Case]:
    servers = Servers(fresh_database.app_url, fresh_database.owner_url, fresh_database.admin_url, cluster.redis_url)
    await fill(servers, notes=400)
    return servers, await case(servers.migration_database_url, secrets.token_urlsafe(48), variants=2)


@pytest.fixture
def processes(asked: tuple[Servers, Case], tmp_path: Path) -> Iterator[list[Running]]:
    with started(CONTENDERS, *asked, tmp_path) as running:
        yield running


def test_all_give_the_same_answers(processes: list[Running], asked: tuple[Servers, Case]) -> None:
    _, case = asked
    sizes = agreed(processes, QUESTIONS, case)
    assert len(sizes) == len(CONTENDERS) * len(QUESTIONS)
    # An answer of no rows would be the same everywhere, too.
    assert min(sizes.values()) > 500

    def altered(answer: Any) -> Any:
        answer["data"]["notes"]["edges"][3]["node"]["text"] += "."
        return answer

    other = replace(processes[-1], contender=replace(processes[-1].contender, translated=altered))
    with pytest.raises(Different, match=f"{other.contender.title} answers flat"):
        agreed([processes[0], other], QUESTIONS[:1], case)


def test_ratios_are_of_the_first_to_the_others() -> None:
    contenders, pace = [CARENOTES, PEERS[0]], Pace(3, 1, (16,), 0)
    results = _results({CARENOTES: (400.0, 300.0, 9.0), PEERS[0]: (100.0, 9.0, 200.0)})
    figures = tables.figures(results, contenders, QUESTIONS[:1], pace)
    assert figures["flat_16_carenotes"] == 300
    assert figures[f"flat_16_to_{PEERS[0].name}"] == 3
    assert f"| {PEERS[0].title} | 100 (3.00) |" in tables.text(results, contenders, QUESTIONS[:1], pace)
    ElementTree.fromstring(chart.drawn(results, contenders, QUESTIONS[:1]))


def _results(rates: dict[Contender, tuple[float, ...]]) -> Results:
    return Results(
        {(each.name, "flat", 16): [Sample(1, rate, 1.0, 2.0) for rate in of] for each, of in rates.items()},
        {each.name: 50.0 for each in rates},
    )
