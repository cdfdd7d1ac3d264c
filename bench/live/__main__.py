"""From a commit to the last of many WebSocket subscribers on one process: of one operation, of many, each by itself.

Events of a note are written at a steady pace, each in a transaction of its own, by a process that does not serve. Each is timed
from its commit to its arrival at the last subscriber, in a third process.
"""

from bench.embedded import main
from bench.live.measuring import Measured, started
from bench.report import machine, table
from bench.stats.world import World, loaded
from db.embedded import Servers


async def measure(servers: Servers, quick: bool) -> tuple[dict[str, float], str]:
    few, many, seconds = (100, 300, 3.0) if quick else (1_000, 5_000, 20.0)
    found: dict[str, Measured] = {}
    async with loaded(servers, 1_000) as world:
        async with started(world) as bench:
            found["same"] = await bench.run(few, 40, seconds)
            found["operations"] = await bench.run(few, 10, seconds, operations=100)
            found["slower"] = await bench.run(few, 1, seconds)
        found["many"] = await _alone(world, many, 8, seconds)
        async with started(world, shared=False) as bench:
            found["alone"] = await bench.run(few, 1, seconds)
    same, alone, slower = found["same"], found["alone"], found["slower"]
    figures = {
        "p95_ms": same.percentile(95),
        "p95_ms_100_operations": found["operations"].percentile(95),
        "p95_ms_many": found["many"].percentile(95),
        "idle_kib": same.idle_kib,
        "processor_us": same.processor_us,
        "alone_to_shared": alone.processor_us / slower.processor_us,
    }
    return figures, _text(found, few, seconds)


async def _alone(world: World, subscribers: int, rate: float, seconds: float) -> Measured:
    """On a server that has served nobody else."""
    async with started(world) as bench:
        return await bench.run(subscribers, rate, seconds)


def _text(found: dict[str, Measured], few: int, seconds: float) -> str:
    titles = {
        "same": "the same operation, 40 events a second",
        "many": "the same operation, 8 events a second",
        "operations": "100 different operations, 10 events a second",
        "slower": "the same operation, 1 event a second",
        "alone": "the same, each with an execution of its own, 1 event a second",
    }
    compared = table(
        ["", "subscribers", "p50", "p95", "most", "processor for each message", "memory for each that waits"],
        [
            [
                title,
                f"{found[name].subscribers:,}",
                *(f"{found[name].percentile(percent):.0f} ms" for percent in (50, 95, 100)),
                f"{found[name].processor_us:.1f} µs",
                f"{found[name].idle_kib:.0f} KiB",
            ]
            for name, title in titles.items()
        ],
    )
    size = found["same"].message_bytes
    return f"""{machine()}; embedded PostgreSQL 18 and Valkey 8, everything on one machine. `python -m bench.live`:
{seconds:.0f} s each, messages of {size} bytes with three relations. From an event's commit to its last subscriber; the
processor time is the server's.

{compared}
"""


if __name__ == "__main__":
    main("live", __doc__, measure)
