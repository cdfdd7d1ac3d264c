"""Reminders a second over SMTP: each rendered, and handed to a mail server on this machine that keeps nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import psutil

from bench.reminders.filling import Load
from bench.reminders.measuring import ROOT, Case, Emptying, postmaster
from bench.report import machine
from db.embedded import Servers


@asynccontextmanager
async def sink() -> AsyncIterator[tuple[int, psutil.Process]]:
    """Its port, and its process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.reminders.sink"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    yield int(await process.stdout.readline()), psutil.Process(process.pid)
    await process.communicate(b"")  # closes its standard input, which ends it


async def measure(servers: Servers, folder: Path, quick: bool) -> tuple[dict[str, float], str]:
    rounds = 1 if quick else 3
    case = Case("smtp", "over SMTP", Load(20, 2_000 if quick else 20_000))
    emptying, taking = Emptying(servers, postmaster(folder)), list[float]()
    async with emptying.filled(case.load) as template, sink() as (port, server):
        for _ in range(rounds):
            before = sum(server.cpu_times()[:2])
            await emptying.run(case, template, "--smtp-port", str(port))
            taking.append(1e6 * (sum(server.cpu_times()[:2]) - before) / case.load.due)
    dispatcher, postgres, other = (median(each) for each in (case.dispatchers, case.postgres, taking))
    figures = {"rate": case.rate, "dispatcher_cpu_us": dispatcher, "postgres_cpu_us": postgres, "sink_cpu_us": other}
    text = f"""{machine()}; embedded PostgreSQL 18, uvloop. `python -m bench.reminders --smtp`: {case.load.due:,} reminders of
{case.load.tenants} tenants, rendered and sent by one process over 8 connections for each batch to an SMTP server on the same
machine that keeps nothing; {rounds} rounds, medians.

**{case.rate:,.0f} reminders a second.** Processor time for each: {dispatcher:.0f} µs of the dispatcher, {other:.0f} µs of the
mail server, {postgres:.0f} µs of PostgreSQL. The dispatcher keeps {dispatcher * case.rate / 1e4:.0f} %
of a core busy: what bounds it is writing mails and speaking SMTP, not the queue. More processes send more.
"""
    return figures, text
