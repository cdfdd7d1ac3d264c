"""Four ways to the same figures: for one reader, for one facility, for 20 readers at once; by the resolver and over HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from uuid import UUID

import httpx

import ids
from bench.report import table
from bench.stats.world import DAY, World
from loaders.daily_stats import Figures
from resolvers.enums import Way
from resolvers.performance import daily

READERS = 20
REPEATS = 50
"""How often what takes a millisecond is measured in each round, for each time that what takes a second is."""
NAMES = {
    Way.ORIGINAL: "original: all rows, filtered and counted in Python",
    Way.AGGREGATE: "one SQL aggregate over the notes",
    Way.COUNTS: "the counts kept with the notes",
    Way.CACHED: "a cache hit",
}
FIELDS = """date total lateEntries uniquePatients uniqueAuthors notesPerPatient byCategory { category notes }
  byPriority { priority notes } byStatus { status notes } byShift { shift notes } byFacility { notes }"""
MEASURED = f"""query ($day: Date!, $facilities: [ID!], $ways: [Way!]) {{
  performanceTest(date: $day, facilityIds: $facilities, ways: $ways, rounds: 1) {{ stats {{ {FIELDS} }} }} }}"""
SERVED = (
    f"query ($day: Date!, $facilities: [ID!]) {{ dailyStats(date: $day, facilityIds: $facilities) {{ {FIELDS} }} }}"
)

Ask = Callable[[Way, tuple[UUID, ...] | None], Awaitable[int]]
"""Asks by a way for the day's figures; the total that it found."""
Seconds = dict[str, dict[Way, float]]


async def measure(world: World, rounds: int) -> tuple[dict[str, float], str]:
    async def by_resolver(way: Way, facilities: tuple[UUID, ...] | None) -> int:
        figures: Figures = await daily(world.context(), way, DAY, facilities)
        return figures.total

    resolved = await _each_case(by_resolver, world, rounds)
    async with world.served() as http:
        served = await _each_case(_over(http), world, max(1, rounds // 2))
    figures = _figures("", resolved) | _figures("http_", served)
    text = f"""Each by the same call of the resolver, which begins with a new read scope and ends with giving it back:

{_table(resolved)}

End to end over HTTP, one server process, the same fields; a hit is `dailyStats` as it is served:

{_table(served)}
"""
    return figures, text


def _over(http: httpx.AsyncClient) -> Ask:
    async def ask(way: Way, facilities: tuple[UUID, ...] | None) -> int:
        variables = {
            "day": DAY.isoformat(),
            "facilities": None if facilities is None else [ids.encode("Facility", each) for each in facilities],
            "ways": [way],
        }
        document = SERVED if way is Way.CACHED else MEASURED
        answer = (await http.post("/graphql", json={"query": document, "variables": variables})).json()
        data = answer["data"]
        stats = data["dailyStats"] if way is Way.CACHED else data["performanceTest"][0]["stats"]
        return int(stats["total"])

    return ask


async def _each_case(ask: Ask, world: World, rounds: int) -> Seconds:
    facility = (world.facility,)
    return {
        "single": await _interleaved(ask, None, world.of_day, rounds, 1),
        "facility": await _interleaved(ask, facility, world.of_facility, rounds, 1),
        "concurrent": await _interleaved(ask, None, world.of_day, max(1, rounds // 2), READERS),
    }


async def _interleaved(
    ask: Ask, facilities: tuple[UUID, ...] | None, total: int, rounds: int, readers: int
) -> dict[Way, float]:
    """Median seconds until all readers have their answer, by way."""
    taken: dict[Way, list[float]] = {way: [] for way in Way}
    for way in (Way.AGGREGATE, Way.COUNTS, Way.CACHED):
        await ask(way, facilities)
    for _ in range(rounds):
        for way in Way:
            for _ in range(1 if way is Way.ORIGINAL else REPEATS if readers == 1 else REPEATS // 10):
                began = time.perf_counter()
                found = await asyncio.gather(*(ask(way, facilities) for _ in range(readers)))
                taken[way].append(time.perf_counter() - began)
                assert set(found) == {total}, "every way finds the same"
    return {way: median(seconds) for way, seconds in taken.items()}


def _figures(prefix: str, seconds: Seconds) -> dict[str, float]:
    figures = {}
    for case, by_way in seconds.items():
        original = by_way[Way.ORIGINAL]
        for way, took in by_way.items():
            figures[f"{prefix}{case}_{way.lower()}_ms"] = took * 1000
            if way is not Way.ORIGINAL:
                figures[f"{prefix}{case}_{way.lower()}_less_percent"] = 100 * (1 - took / original)
        figures[f"{prefix}{case}_hit_times"] = original / by_way[Way.CACHED]
    return figures


def _table(seconds: Seconds) -> str:
    cases = {"single": "single", "facility": "one facility", "concurrent": f"{READERS} concurrent"}

    def cell(case: str, way: Way) -> str:
        took, original = seconds[case][way], seconds[case][Way.ORIGINAL]
        if way is Way.ORIGINAL:
            return f"{took * 1000:,.0f} ms"
        return f"{took * 1000:.2f} ms, {100 * (1 - took / original):.2f} % less, {original / took:,.0f} times"

    return table(["", *cases.values()], [[name, *(cell(case, way) for case in cases)] for way, name in NAMES.items()])
