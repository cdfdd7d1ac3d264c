"""A walk along a list meets each row that was there throughout exactly once, in order, whatever else comes and goes."""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from auth import Role
from tests.api import Api
from tests.factories import NOON, House
from tests.resolvers.walking import Walk


@dataclass
class Notes:
    """Notes of few instants and many equals, and what is known of each."""

    house: House
    known: dict[str, tuple[int, int, UUID]] = field(default_factory=dict)
    """Its minute of effect, its minute of recording and its id, by its global id."""
    stable: set[str] = field(default_factory=set)
    doomed: list[UUID] = field(default_factory=list)

    async def add(self, effective: int, recorded: int, doomed: bool, **values: Any) -> None:
        times = {"effective_at": NOON + timedelta(minutes=effective), "recorded_at": NOON + timedelta(minutes=recorded)}
        row = uuid7()
        gid = self.house.gid("Note", row)
        # Known before it is there: whoever reads meanwhile may meet it.
        self.known[gid] = (effective, recorded, row)
        await self.house.note(id=row, **times, **values)
        if doomed:
            self.doomed.append(row)
        elif values.get("category") != "VITALS":
            self.stable.add(gid)

    async def remove(self, which: int) -> None:
        if self.doomed:
            row = self.doomed.pop(which % len(self.doomed))
            await self.house.pool.execute("DELETE FROM notes WHERE tenant_id = $1 AND id = $2", self.house.tenant, row)

    def check(self, seen: list[str], by: str, descending: bool) -> None:
        def key(gid: str) -> tuple[int, UUID]:
            effective, recorded, row = self.known[gid]
            return (effective if by == "EFFECTIVE_AT" else recorded), row

        assert len(set(seen)) == len(seen), "a row came twice"
        assert self.stable <= set(seen), "a row was left out"
        assert seen == sorted(seen, key=key, reverse=descending)


MINUTE = st.integers(0, 2)
NOTE = st.tuples(MINUTE, MINUTE, st.booleans(), st.sampled_from(["PROGRESS", "PROGRESS", "VITALS"]))
CHANGE = st.one_of(st.tuples(st.just("add"), NOTE), st.tuples(st.just("remove"), st.integers(0, 50)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(NOTE, max_size=24),
    changes=st.lists(CHANGE, max_size=12),
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    backward=st.booleans(),
    by=st.sampled_from(["EFFECTIVE_AT", "RECORDED_AT"]),
    direction=st.sampled_from(["ASC", "DESC"]),
    below=st.sampled_from([None, "Patient", "Facility"]),
)
async def test_a_walk_while_rows_come_and_go(
    api: Api,
    owner: asyncpg.Pool,
    rows: list[tuple[int, int, bool, str]],
    changes: list[tuple[str, Any]],
    sizes: list[int],
    backward: bool,
    by: str,
    direction: str,
    below: str | None,
) -> None:
    notes = Notes(house := await House.build(owner))
    for effective, recorded, doomed, category in rows:
        await notes.add(effective, recorded, doomed, category=category)
    left = iter(changes)

    async def between() -> None:
        match next(left, None):
            case ("add", (effective, recorded, _, category)):
                # Not one of those that must be seen: it may fall before the walker or behind it.
                await notes.add(effective, recorded, True, category=category)
            case ("remove", which):
                await notes.remove(which)

    parents = {"Patient": house.patients, "Facility": house.facilities}
    walk = Walk(
        api.as_(Role.CLINICIAN, house.tenant),
        itertools.cycle(sizes),
        below and house.gid(below, parents[below][0]),
        backward,
        {"filter": {"categories": ["PROGRESS"]}, "order": {"field": by, "direction": direction}},
    )
    notes.check(await walk.run(between), by, direction == "DESC")


@pytest.mark.parametrize("backward", [False, True])
async def test_walks_while_others_write(api: Api, house: House, backward: bool) -> None:
    """At the same time, not in turns: two writers, and three walkers with pages of different sizes."""
    notes, random, done = Notes(house), Random(1), asyncio.Event()
    for n in range(30):
        await notes.add(n % 3, 0, doomed=n % 2 == 0)
    written = 0

    async def write() -> None:
        nonlocal written
        while not done.is_set():
            await notes.add(random.randrange(3), 0, doomed=True)
            await notes.remove(random.randrange(50))
            written += 1

    who = api.as_(Role.CLINICIAN, house.tenant)
    writers = [asyncio.create_task(write()) for _ in range(2)]
    walks = [Walk(who, itertools.repeat(size), backward=backward).run() for size in (2, 3, 7)]
    for seen in await asyncio.gather(*walks):
        notes.check(seen, "EFFECTIVE_AT", descending=True)
    done.set()
    await asyncio.gather(*writers)
    assert written > 5


async def test_what_a_page_says_of_its_neighbours(api: Api, house: House) -> None:
    a, b, c, d, e = [house.gid("Note", await house.note()) for _ in range(5)][::-1]
    walk = Walk(api.as_(Role.CLINICIAN, house.tenant), iter(()))
    at = {edge["node"]["id"]: edge["cursor"] for edge in (await walk.page())["edges"]}
    assert list(at) == [a, b, c, d, e]
    for window, ids, has_next, has_previous in (
        ({}, [a, b, c, d, e], False, False),
        ({"first": 5}, [a, b, c, d, e], False, False),
        ({"first": 4}, [a, b, c, d], True, False),
        ({"first": 0}, [], True, False),
        ({"first": 2, "after": at[c]}, [d, e], False, True),
        ({"first": 2, "after": at[e]}, [], False, True),
        ({"first": 2, "before": at[d]}, [a, b], True, False),
        ({"first": 9, "after": at[a], "before": at[d]}, [b, c], False, True),
        ({"last": 2}, [d, e], False, True),
        ({"last": 5}, [a, b, c, d, e], False, False),
        ({"last": 2, "before": at[c]}, [a, b], True, False),
        ({"last": 1, "before": at[c]}, [b], True, True),
        ({"last": 1, "after": at[c]}, [e], False, True),
        ({"last": 9, "after": at[b], "before": at[e]}, [c, d], True, False),
        ({"first": 2, "after": at[d], "before": at[b]}, [], False, True),
    ):
        page = await walk.page(**window)
        assert [edge["node"]["id"] for edge in page["edges"]] == ids, window
        info = page["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (has_next, has_previous), window


NESTED = """query($n: Int, $after: Cursor, $filter: NoteFilter) { patients { edges { node { id
  notes(first: $n, after: $after, filter: $filter) {
    edges { cursor node { id } } pageInfo { hasNextPage } totalCount } } } } }"""


async def test_pages_below_many_parents(api: Api, house: House) -> None:
    """Each parent has a page of its own; a cursor is a position in time, and good below any of them."""
    mine: dict[str, list[tuple[int, str]]] = {house.gid("Patient", each): [] for each in house.patients}
    for n in range(24):
        patient = house.patients[n % 5 % 3]
        values = {"effective_at": NOON + timedelta(minutes=n // 6), "category": "VITALS" if n % 4 == 0 else "PROGRESS"}
        note = await house.note(patient_id=patient, **values)
        if n % 4:
            mine[house.gid("Patient", patient)].insert(0, (n // 6, house.gid("Note", note)))
    who = api.as_(Role.CLINICIAN, house.tenant)
    some = {"filter": {"categories": ["PROGRESS"]}}
    data = await who.ask(NESTED, n=2, **some)
    for edge in data["patients"]["edges"]:
        page, expected = edge["node"]["notes"], mine[edge["node"]["id"]]
        assert [each["node"]["id"] for each in page["edges"]] == [gid for _, gid in expected[:2]]
        assert page["pageInfo"]["hasNextPage"] is (len(expected) > 2)
        assert page["totalCount"] == len(expected)
    first = data["patients"]["edges"][0]["node"]
    row = next(minute for minute, gid in mine[first["id"]] if gid == first["notes"]["edges"][1]["node"]["id"])
    data = await who.ask(NESTED, n=50, after=first["notes"]["edges"][1]["cursor"], **some)
    for edge in data["patients"]["edges"]:
        minutes = {gid: minute for minute, gid in mine[edge["node"]["id"]]}
        seen = [minutes[each["node"]["id"]] for each in edge["node"]["notes"]["edges"]]
        assert seen == sorted(seen, reverse=True)
        assert all(minute <= row for minute in seen)
        assert {m for m in minutes.values() if m < row} <= set(seen)
        assert edge["node"]["notes"]["totalCount"] == len(minutes)


FACILITIES = """{ facilities { edges { node { name
  patients(first: 2) { edges { node { name } } pageInfo { hasNextPage } totalCount }
  notes(first: 1) { edges { node { id } } pageInfo { hasNextPage } totalCount } } } } }"""


async def test_two_lists_below_each_parent(api: Api, house: House, statements: list[str]) -> None:
    note = house.gid("Note", await house.note(facility_id=house.facilities[1]))
    data = await api.as_(Role.ADMIN, house.tenant).ask(FACILITIES)
    ash, birch = (edge["node"] for edge in data["facilities"]["edges"])
    assert (ash["name"], birch["name"]) == ("Ash", "Birch")
    assert [edge["node"]["name"] for edge in ash["patients"]["edges"]] == ["Cora One", "Dora Two"]
    assert (ash["patients"]["pageInfo"]["hasNextPage"], ash["patients"]["totalCount"]) == (True, 3)
    assert (birch["patients"]["edges"], birch["patients"]["totalCount"]) == ([], 0)
    assert (ash["notes"]["edges"], ash["notes"]["totalCount"]) == ([], 0)
    assert [edge["node"]["id"] for edge in birch["notes"]["edges"]] == [note]
    assert (birch["notes"]["pageInfo"]["hasNextPage"], birch["notes"]["totalCount"]) == (False, 1)
    assert len(statements) == 5, "the facilities, a page of each list, a count of each"


async def test_a_total_is_of_the_filter_and_costs_a_statement_where_it_is_selected(
    api: Api, house: House, statements: list[str]
) -> None:
    for n in range(7):
        await house.note(category="VITALS" if n < 3 else "PROGRESS", patient_id=house.patients[n % 2])
    who = api.as_(Role.CLINICIAN, house.tenant)
    for selected, cost in (("edges { cursor }", 1), ("edges { cursor } totalCount", 2)):
        statements.clear()
        await who.ask(f"{{ notes(first: 1) {{ {selected} }} }}")
        assert (len(statements), sum("count(" in each for each in statements)) == (cost, cost - 1)
        statements.clear()
        await who.ask(f"{{ patients {{ edges {{ node {{ notes(first: 1) {{ {selected} }} }} }} }} }}")
        assert (len(statements), sum("count(" in each for each in statements)) == (cost + 1, cost - 1)
    data = await who.ask("""{ all: notes(first: 1) { totalCount } vitals: notes(first: 1, filter: {categories: [VITALS]}) {
      totalCount } none: notes(filter: {categories: [WOUND_CARE]}) { totalCount edges { cursor } } }""")
    assert (data["all"]["totalCount"], data["vitals"]["totalCount"]) == (7, 3)
    assert data["none"] == {"totalCount": 0, "edges": []}
