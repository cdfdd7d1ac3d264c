"""What was measured, as figures for machines and as tables for people."""

import math
from collections.abc import Sequence

from bench.queries.contenders import Contender
from bench.queries.measuring import Pace, Results
from bench.queries.questions import Question
from bench.report import table

EXPLAINED = """{pace.rounds} rounds of {pace.seconds} s, interleaved; medians of rates, and of the ratios of each round.

Each server is one process with 10 connections to the same PostgreSQL (100,000 notes), asked by wrk on the same machine with a
clinician's token. The variables go round 16 values, the same for all. Before anything is measured, every answer of every server
is compared with CareNotes'. PostGraphile makes its schema from the tables: aliases give its answers the same shape, it is asked
for the rows' UUIDs as ids, and has the filter plugin for the same choice of rows. The statistics are read from the counts that
CareNotes keeps, by each server with one statement; PostGraphile is told by a smart tag how they belong together.

- *CareNotes as shipped*: `python server.py` in production, with authentication, row-level security, limits and JSON logs. It
  alone has a cache of statistics, and asks PostgreSQL for their version with each request.
- *with RLS*: everything runs in a transaction in which the tenant is set, as a role that row-level security binds: one for a
  request, and PostGraphile's own way is one for a statement. *without*: as the owner, with the tenant as a condition.
- *stock Strawberry*: CareNotes' types, resolvers and loaders, with the tenant set, behind Strawberry's own view and executor.
- *Mercurius*: CareNotes' schema with resolvers written by hand for `pg` and DataLoader, just-in-time compiled.
- *too slow*: it would take longer than a minute to answer once on each connection.
- *floor*: no GraphQL; one Starlette route per query, whose whole answer is JSON from one handwritten statement."""


def figures(
    results: Results, contenders: Sequence[Contender], questions: Sequence[Question], pace: Pace
) -> dict[str, float]:
    """`nested_16_carenotes` are requests per second of 16 connections, `nested_16_to_stock` how many times those of stock
    Strawberry the first contender's are, and `nested_16_p99_to_stock` the same of its latencies."""
    first, *others = (contender.name for contender in contenders)
    found = {f"memory_mib_{name}": memory for name, memory in results.memory.items()}
    for question in questions:
        for n in pace.connections:
            asked = f"{question.name}_{n}"
            for name in (first, *others):
                found[f"{asked}_{name}"] = results.rate(name, question.name, n)
                found[f"{asked}_p50_{name}"] = results.p50(name, question.name, n)
                found[f"{asked}_p99_{name}"] = results.p99(name, question.name, n)
            for name in others:
                found[f"{asked}_to_{name}"] = results.ratio(first, name, question.name, n)
                found[f"{asked}_p99_to_{name}"] = found[f"{asked}_p99_{first}"] / found[f"{asked}_p99_{name}"]
    return found


def explained(pace: Pace) -> str:
    return EXPLAINED.format(pace=pace)


def text(results: Results, contenders: Sequence[Contender], questions: Sequence[Question], pace: Pace) -> str:
    first = contenders[0]
    titles = [question.title for question in questions]

    def rates(contender: Contender, n: int) -> list[str]:
        cells = [contender.title]
        for question in questions:
            rate = results.rate(contender.name, question.name, n)
            ratio = results.ratio(first.name, contender.name, question.name, n)
            shown = f"{rate:,.0f}" + ("" if contender is first else f" ({ratio:.2f})")
            cells.append("too slow" if math.isnan(rate) else shown)
        return cells

    def latencies(contender: Contender, n: int) -> list[str]:
        cells = [
            f"{results.p50(contender.name, q.name, n):.1f} / {results.p99(contender.name, q.name, n):.1f}"
            f" / {results.cpu(contender.name, q.name, n):.2f}"
            for q in questions
        ]
        return [contender.title, *cells, f"{results.memory[contender.name]:.0f}"]

    parts = list[str]()
    for n in pace.connections:
        head = f"{n} connection{'s' if n > 1 else ''}: requests/s ({first.title} ÷ it)"
        parts.append(table([head, *titles], [rates(contender, n) for contender in contenders]))
    middle = 16 if 16 in pace.connections else pace.connections[0]
    head = f"{middle} connections: p50 / p99 / processor time of the server for a request, ms"
    parts.append(table([head, *titles, "MiB"], [latencies(contender, middle) for contender in contenders]))
    return "\n\n".join(parts)
