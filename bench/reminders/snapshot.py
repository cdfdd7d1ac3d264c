"""What a snapshot that is held open costs: the rate before, meanwhile and after; and what ends and shows such a transaction."""

import asyncio
import time
from pathlib import Path
from statistics import mean

import asyncpg

from bench.reminders.filling import Load
from bench.reminders.measuring import Emptying, postmaster
from bench.report import machine, table
from db.embedded import Servers

BACK = 0.9
"""Of the rate before: from then on it counts as recovered."""
CAP = 2
"""Seconds of `transaction_timeout` in the second part."""

# As docs/operations.md has it.
REPORT = """SELECT pid, extract(epoch FROM now() - xact_start)::float AS seconds FROM pg_stat_activity
            WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() ORDER BY 2 DESC"""


class Rates:
    """Reminders in each second, as a dispatcher says them."""

    def __init__(self, worker: asyncio.subprocess.Process) -> None:
        self._worker = worker
        self._said: asyncio.Queue[int] = asyncio.Queue()

    async def listen(self) -> None:
        assert self._worker.stdout is not None
        before = 0
        while (line := await self._worker.stdout.readline()).strip().isdigit():
            self._said.put_nowait(int(line) - before)
            before = int(line)

    async def over(self, seconds: int) -> list[int]:
        """Of the next so many."""
        return [await self._said.get() for _ in range(seconds)]


async def measure(servers: Servers, folder: Path, quick: bool) -> tuple[dict[str, float], str]:
    before, held, after, due = (5, 10, 10, 500_000) if quick else (15, 60, 30, 2_200_000)
    emptying = Emptying(servers, postmaster(folder))
    async with emptying.filled(Load(20, due)) as template, emptying.copied(template) as name:
        worker = await emptying.worker(name, "--say")
        rates = Rates(worker)
        listening = asyncio.create_task(rates.listen())
        assert worker.stdin is not None
        worker.stdin.write(b"\n")
        await rates.over(3)  # until its caches are warm
        usual = mean(await rates.over(before))
        holder = await asyncpg.connect(emptying.on(name))
        async with holder.transaction(isolation="repeatable_read", readonly=True):
            await holder.fetchval("SELECT count(*) FROM tenants")
            meanwhile = await rates.over(held)
        recovered = await _recovery(rates, usual, after)
        afterwards = mean(await rates.over(5))
        await holder.close()
        worker.kill()
        await worker.wait()
        listening.cancel()
        ended, shown = await _capped(emptying.on(name))
    last = mean(meanwhile[-held // 5 :])
    figures = {
        "before_rate": usual,
        "meanwhile_rate": mean(meanwhile),
        "meanwhile_last_rate": last,
        "after_rate": afterwards,
        "recovery_seconds": recovered,
        "capped_after_seconds": ended,
    }
    rows = [
        ["before", f"{usual:,.0f}", "1.00"],
        [f"while it is held, {held} s", f"{mean(meanwhile):,.0f}", f"{mean(meanwhile) / usual:.2f}"],
        ["in the last fifth of that", f"{last:,.0f}", f"{last / usual:.2f}"],
        ["afterwards", f"{afterwards:,.0f}", f"{afterwards / usual:.2f}"],
    ]
    text = f"""{machine()}; embedded PostgreSQL 18, uvloop. `python -m bench.reminders --snapshot`: one process empties a queue
while another connection holds a snapshot (REPEATABLE READ) open.

{table(["", "reminders a second", "ratio"], rows)}

{BACK:.0%} of the rate before was reached {recovered:.0f} s after the snapshot was given up. With
`transaction_timeout = {CAP}s`, PostgreSQL ended such a transaction after {ended:.1f} s; the query of docs/operations.md had
shown it, {shown:.1f} s old.
"""
    return figures, text


async def _recovery(rates: Rates, usual: float, within: int) -> float:
    """Seconds until a second has the rate of before again; more than `within` where none has."""
    for second in range(1, within + 1):
        [rate] = await rates.over(1)
        if rate >= BACK * usual:
            return second
    return within + 1


async def _capped(url: str) -> tuple[float, float]:
    """After how many seconds PostgreSQL ended a transaction, and how old the report said that it was."""
    holder, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    await holder.execute(f"SET transaction_timeout = '{CAP}s'")
    began = time.monotonic()
    await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tenants")
    await asyncio.sleep(CAP / 2)
    ages = {row["pid"]: row["seconds"] for row in await watcher.fetch(REPORT)}
    shown: float = ages[holder.get_server_pid()]
    while not holder.is_closed():
        assert time.monotonic() - began < 5 * CAP, "it was not ended"
        await asyncio.sleep(0.05)
    await watcher.close()
    return time.monotonic() - began, shown
