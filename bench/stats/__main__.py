"""Daily statistics: all rows and five passes in Python, one SQL aggregate, the counts, the cache; what writing costs.

`--scale` instead: a day and a year by month at 100,000 and at 10,000,000 notes of one tenant.
"""

import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import uvloop

from bench.report import finish, machine, parser, publish
from bench.stats import comparing, scale, writing
from bench.stats.world import World, loaded
from db.embedded import Servers, running


async def experiment(servers: Servers, quick: bool) -> tuple[dict[str, float], str]:
    notes, rounds = (10_000, 2) if quick else (100_000, 5)
    async with loaded(servers, notes) as world:
        compared, comparison = await comparing.measure(world, rounds)
        wrote, written = await writing.measure(world, 100 if quick else 600)
    return compared | wrote, f"{await _about(world, notes, rounds)}\n\n{comparison}\n{written}"


async def _about(world: World, notes: int, rounds: int) -> str:
    return (
        f"{machine()}; embedded PostgreSQL 18 and Valkey 8, uvloop, on one machine. `python -m bench.stats`: {notes:,} "
        f"notes of one tenant with {world.facilities} facilities over 30 days, {world.of_day:,} of them on the day that is "
        f"asked for, {world.of_facility:,} of these at the facility; {rounds} rounds, interleaved, medians."
    )


def main() -> None:
    flags = parser(__doc__ or "")
    flags.add_argument(
        "--scale", action="store_true", help="compare 100,000 with 10,000,000 notes; minutes, and gigabytes"
    )
    flags.add_argument("--folder", type=Path, help="where the servers' data go; a folder that is removed, if not given")
    given = flags.parse_args()
    folder: Path = given.folder or Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    name, work = ("stats-scale", scale.measure) if given.scale else ("stats", experiment)
    try:
        with running(folder) as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures, text = runner.run(work(servers, given.quick))
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(text + "\n")
    if not given.quick:
        publish(name, text)
    finish(name, figures, given)


if __name__ == "__main__":
    main()
