"""What the limits cost a known document, what others notice of a hundred of the worst allowed queries, and 1,000 connections.

Each kind of bad query is asked by a hundred connections of one tenant; meanwhile four of another ask for 50 notes with three
relations, one request after the other, and somebody for /health/live.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg
from pydantic import SecretStr

from auth import Principal, Role, Tokens
from bench.limits import fairness, worst
from bench.limits.asking import post
from bench.limits.fairness import Seen
from bench.queries import wrk
from bench.queries.answers import AllLengths, agreed
from bench.queries.contenders import CARENOTES, Contender
from bench.queries.data import Case, case, fill
from bench.queries.processes import Running, started
from bench.queries.questions import QUESTIONS
from bench.queries.wrk import Sample, burst
from bench.report import finish, machine, parser, publish, table
from config import Settings
from db.embedded import Servers, running

UNLIMITED = Contender("unlimited", "CareNotes without limits", [sys.executable, "-m", "bench.limits.unlimited"])
FLAT, NESTED = (next(each for each in QUESTIONS if each.name == name) for name in ("flat", "nested"))
CONNECTIONS, CROWD = 16, 1_000


@dataclass(frozen=True)
class Pace:
    rounds: int
    seconds: int


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def cost_of_limits(processes: list[Running], asked: Case, lengths: AllLengths, pace: Pace) -> dict[str, float]:
    """Of 50 notes: throughput and processor time with limits, as a ratio to those without."""
    samples: dict[str, list[Sample]] = {each.contender.name: [] for each in processes}
    for number in range(pace.rounds + 1):
        for each in processes if number % 2 else processes[::-1]:
            name = each.contender.name
            sample = burst(each, FLAT, asked, CONNECTIONS, pace.seconds, lengths[name, FLAT.name])
            if number:  # the first is for warming up
                samples[name].append(sample)
    rates, cpu = (
        {name: median(getattr(s, of) for s in all_) for name, all_ in samples.items()} for of in ("rate", "cpu")
    )
    for each in processes:
        name = each.contender.name
        tell(f"{each.contender.title}: {rates[name]:,.0f} requests a second, {cpu[name]:.3f} ms of processor time each")
    return {
        "limits_to_unlimited": rates["carenotes"] / rates["unlimited"],
        "limits_cpu_to_unlimited": cpu["carenotes"] / cpu["unlimited"],
    }


def crowd(carenotes: Running, asked: Case, lengths: AllLengths, pace: Pace) -> dict[str, float]:
    """Raises wrk.Failed where one of them is not answered in full."""
    sample = burst(carenotes, NESTED, asked, CROWD, pace.seconds, lengths[carenotes.contender.name, NESTED.name], CROWD)
    tell(
        f"{CROWD:,} connections, 50 notes with relations: {sample.rate:,.0f} a second, p95 {sample.p95:,.0f} ms, no error"
    )
    return {"crowd_rate": sample.rate, "crowd_p95_ms": sample.p95}


async def another_tenant(owner_url: str, asked: Case) -> list[bytes]:
    """What somebody else asks for."""
    owner = await asyncpg.connect(owner_url)
    tenant = await owner.fetchval("SELECT id FROM tenants WHERE id <> $1 ORDER BY slug LIMIT 1", asked.tenant)
    await owner.close()
    tokens = Tokens(Settings(jwt_secret=SecretStr(asked.secret)))
    token = tokens.issue(Principal(tenant, "bench", Role.CLINICIAN), 86_400)
    return [post(NESTED.document, token, variables) for variables in asked.variables(NESTED)]


def noticed(seen: Mapping[str, tuple[Seen, Seen]]) -> dict[str, float]:
    """The most of it."""
    return {
        "live_p95_ms": max(busy.live for _, busy in seen.values()),
        "others_p95_to_idle": max(busy.others / idle.others for idle, busy in seen.values()),
        "failed": sum(idle.failed + busy.failed for idle, busy in seen.values()),
        # Others notice nothing of what is not even run.
        "answered_of_each": min(busy.answered for _, busy in seen.values()),
    }


def measured(servers: Servers, asked: Case, logs: Path, given: argparse.Namespace) -> tuple[dict[str, float], str]:
    pace = Pace(3, 2) if given.quick else Pace(9, 10)
    with started([CARENOTES, UNLIMITED], servers, asked, logs) as processes:
        lengths = agreed(processes, [FLAT, NESTED], asked)
        figures = cost_of_limits(processes, asked, lengths, pace)
        carenotes = processes[0]
        figures |= crowd(carenotes, asked, lengths, pace)
        others = asyncio.run(another_tenant(servers.migration_database_url, asked))
        documents = worst.documents(Settings(jwt_secret=SecretStr(asked.secret)))
        seen = asyncio.run(fairness.compared(carenotes.address, documents, asked.token, others, pace.seconds, tell))
    return figures | noticed(seen), text(figures, seen)


def text(figures: Mapping[str, float], seen: Mapping[str, tuple[Seen, Seen]]) -> str:
    rows = [
        [
            name,
            *(f"{each:.1f} ms" for each in (idle.others, busy.others)),
            f"{busy.others / idle.others:.1f}",
            f"{busy.live:.1f} ms",
            "none" if busy.worst is None else f"{busy.worst:,.0f} ms",
            busy.answered,
        ]
        for name, (idle, busy) in seen.items()
    ]
    header = [
        "a hundred at once of",
        "others alone",
        "others meanwhile",
        "ratio",
        "/health/live",
        "they themselves",
        "answered",
    ]
    return f"""{machine()}. One server process, embedded PostgreSQL 18, clients on the same machine. `python -m bench.limits`.

50 notes, a known document, {CONNECTIONS} connections: {figures["limits_to_unlimited"]:.3f} of the throughput without limits,
{figures["limits_cpu_to_unlimited"]:.3f} times the processor time. {CROWD:,} connections, 50 notes with three relations:
{figures["crowd_rate"]:,.0f} a second, p95 {figures["crowd_p95_ms"]:,.0f} ms, no error.

What others notice of the worst queries that are allowed, as p95; others are {fairness.OTHERS} connections of another tenant:

{table(header, rows)}
"""


def main() -> None:
    given = parser(__doc__ or "").parse_args()
    if not wrk.found():
        tell(wrk.HOW_TO_GET_IT)
        sys.exit(2)
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    try:
        with running(folder) as servers, tempfile.TemporaryDirectory() as logs:
            tell("preparing the database")
            asyncio.run(fill(servers, 10_000 if given.quick else 100_000))
            asked = asyncio.run(case(servers.migration_database_url, secrets.token_urlsafe(48), 4))
            figures, said = measured(servers, asked, Path(logs), given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(said)
    if not given.quick:
        publish("limits", said)
    finish("limits", figures, given)


if __name__ == "__main__":
    main()
