"""Grouped statistics: the groups of a naive count in Python, for any dimensions, stretches, filters, zones and orders."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth import Role
from db.calendar import Bucket
from db.vocabulary import NotePriority, Shift
from tests.api import Api
from tests.factories import House
from tests.resolvers.test_daily import period_of

GROUPS = """query ($from: Date!, $through: Date!, $by: [Dimension!]!, $bucket: Bucket, $filter: NoteFilter, $zone: TimeZone,
    $fill: Boolean!, $order: NoteStatsOrder, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  noteStats(from: $from, through: $through, groupBy: $by, bucket: $bucket, filter: $filter, timeZone: $zone, fillGaps: $fill,
      orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node { starts hour facility { id } category priority status shift lateEntry patient { id } author { id }
      notes uniquePatients uniqueAuthors } } } }"""
FIRST, LAST = date(2026, 3, 5), date(2026, 4, 4)
"""With the changes of the clock in New York (8 March) and Berlin (29 March)."""
COLUMNS = {
    "CATEGORY": "category",
    "PRIORITY": "priority",
    "STATUS": "status",
    "SHIFT": "shift",
    "LATE_ENTRY": "late_entry",
}
PEOPLE = {
    "FACILITY": ("Facility", "facility_id"),
    "PATIENT": ("Patient", "patient_id"),
    "AUTHOR": ("Practitioner", "author_id"),
}
SHOWN = {"LATE_ENTRY": "lateEntry"}

NOTE = st.fixed_dictionaries(
    {
        "effective_at": st.builds(
            lambda minutes: datetime(2026, 3, 4, tzinfo=UTC) + timedelta(minutes=minutes), st.integers(0, 33 * 24 * 60)
        ),
        "late": st.booleans(),
        "category": st.sampled_from(["VITALS", "PROGRESS"]),
        "priority": st.sampled_from(list(NotePriority)),
        "shift": st.sampled_from(list(Shift)),
        "status": st.sampled_from(["PRELIMINARY", "FINAL", "AMENDED", "ENTERED_IN_ERROR"]),
        "patient": st.integers(0, 2),
        "author": st.integers(0, 1),
        "facility": st.integers(0, 1),
        "text": st.sampled_from(["Slept well.", "Walked a lot."]),
    }
)
FILTER = st.fixed_dictionaries(
    {},
    optional={
        "categories": st.lists(st.sampled_from(["VITALS", "PROGRESS", "INCIDENT"]), max_size=2),
        "statuses": st.lists(st.sampled_from(["PRELIMINARY", "FINAL", "ENTERED_IN_ERROR"]), min_size=1, max_size=2),
        "shifts": st.just(["NIGHT", "DAY"]),
        "facilityIds": st.just([1]),
        "patientIds": st.just([0, 2]),
        "authorIds": st.just([0]),
        "effectiveFrom": st.just("2026-03-20T07:30:00Z"),
        "search": st.just("slept"),
    },
)


def kept(house: House, note: Any, filter: dict[str, Any]) -> bool:
    tests: dict[str, Callable[[Any], bool]] = {
        "categories": lambda given: note["category"] in given,
        "statuses": lambda given: note["status"] in given,
        "shifts": lambda given: note["shift"] in given,
        "facilityIds": lambda given: note["facility_id"] in [house.facilities[n] for n in given],
        "patientIds": lambda given: note["patient_id"] in [house.patients[n] for n in given],
        "authorIds": lambda given: note["author_id"] in [house.practitioners[n] for n in given],
        "effectiveFrom": lambda given: note["effective_at"] >= datetime.fromisoformat(given),
        "search": lambda given: given in note["text"].lower(),
    }
    if "statuses" not in filter and note["status"] == "ENTERED_IN_ERROR":
        return False
    return all(tests[name](given) for name, given in filter.items())


async def naively(
    owner: asyncpg.Pool, house: House, by: list[str], bucket: Bucket | None, filter: dict[str, Any], zone: str | None
) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = await owner.fetch(
        "SELECT n.*, f.time_zone FROM notes n JOIN facilities f ON f.id = n.facility_id WHERE n.tenant_id = $1",
        house.tenant,
    )
    groups = defaultdict[tuple[Any, ...], list[Any]](list)
    for note in rows:
        local = note["effective_at"].astimezone(ZoneInfo(zone or note["time_zone"]))
        if not (FIRST <= local.date() <= LAST and kept(house, note, filter)):
            continue
        key: list[Any] = []
        if bucket is Bucket.HOUR:
            # Minutes back from the instant, not from the wall: the hour that comes twice is two hours.
            begin = note["effective_at"] - timedelta(minutes=local.minute)
            key.append(begin.replace(second=0, microsecond=0).isoformat())
        elif bucket is not None:
            key.append(max(period_of(local.date(), bucket), FIRST).isoformat())
        key += [note[COLUMNS.get(each) or PEOPLE[each][1]] for each in by]
        groups[tuple(key)].append(note)
    if not by and bucket is None and not groups:
        groups[()] = []
    return {
        key: {
            "notes": len(notes),
            "uniquePatients": len({note["patient_id"] for note in notes}),
            "uniqueAuthors": len({note["author_id"] for note in notes}),
        }
        for key, notes in groups.items()
    }


def key_of(house: House, node: dict[str, Any], by: list[str], bucket: Bucket | None) -> tuple[Any, ...]:
    ids = {
        house.gid(kind, row): row
        for kind, rows in (
            ("Facility", house.facilities), ("Patient", house.patients), ("Practitioner", house.practitioners)
        )
        for row in rows
    }  # fmt: skip
    key = [] if bucket is None else [node["hour" if bucket is Bucket.HOUR else "starts"]]
    for each in by:
        value = node[SHOWN.get(each, each.lower())]
        key.append(ids[value["id"]] if each in PEOPLE else value)
    unasked = {"facility", "category", "priority", "status", "shift", "lateEntry", "patient", "author"} - {
        SHOWN.get(each, each.lower()) for each in by
    }
    assert all(node[name] is None for name in unasked)
    return tuple(key)


async def walk(api: Api, size: int, **arguments: Any) -> list[dict[str, Any]]:
    """All pages, forward; then backward, which must meet the same."""
    ways = []
    for count, cursor, end, more in (
        ("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")
    ):  # fmt: skip
        nodes: list[Any] = []
        position = None
        while True:
            page = (await api.ask(GROUPS, **arguments, **{count: size, cursor: position}))["noteStats"]
            found = [edge["node"] for edge in page["edges"]]
            nodes = nodes + found if count == "first" else found + nodes
            if not page["pageInfo"][more]:
                break
            position = page["pageInfo"][end]
        assert page["totalCount"] == len(nodes)
        ways.append(nodes)
    assert ways[0] == ways[1]
    return ways[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(NOTE, max_size=20),
    by=st.lists(st.sampled_from([*COLUMNS, *PEOPLE]), unique=True, max_size=3),
    bucket=st.sampled_from([None, *Bucket]),
    filter=FILTER,
    zone=st.sampled_from([None, None, "Europe/Berlin", "Australia/Lord_Howe"]),
    fill=st.booleans(),
    order=st.sampled_from(["TIME", "NOTES"]),
    direction=st.sampled_from(["ASC", "DESC"]),
)
async def test_groups_are_those_of_a_naive_count(
    api: Api, owner: asyncpg.Pool, rows: list[dict[str, Any]], by: list[str], bucket: Bucket | None,
    filter: dict[str, Any], zone: str | None, fill: bool, order: str, direction: str,
) -> None:  # fmt: skip
    if bucket is Bucket.HOUR:
        by = by[:1]  # more could be more groups than the limit
    house = await House.build(owner)
    for row in rows:
        await house.note(
            patient_id=house.patients[row["patient"]],
            author_id=house.practitioners[row["author"]],
            facility_id=house.facilities[row["facility"]],
            recorded_at=row["effective_at"] + timedelta(hours=25 if row["late"] else 1),
            **{name: row[name] for name in ("effective_at", "category", "priority", "shift", "status", "text")},
        )
    fill = (
        fill
        and bucket is not None
        and (bucket is not Bucket.HOUR or zone is not None)
        and not {"PATIENT", "AUTHOR"} & set(by)
    )
    lists = {"facilityIds": "Facility", "patientIds": "Patient", "authorIds": "Practitioner"}
    people = {"Facility": house.facilities, "Patient": house.patients, "Practitioner": house.practitioners}
    given = {
        name: [house.gid(kind, people[kind][n]) for n in filter[name]] for name, kind in lists.items() if name in filter
    }
    nodes = await walk(
        api.as_(Role.CLINICIAN, house.tenant),
        100 if fill else 7,
        **{"from": FIRST.isoformat(), "through": LAST.isoformat()},
        by=by,
        bucket=bucket,
        filter=filter | given,
        zone=zone,
        fill=fill,
        order={"field": order, "direction": direction},
    )
    found = {key_of(house, node, by, bucket): node for node in nodes}
    assert len(found) == len(nodes)
    expected = await naively(owner, house, by, bucket, filter, zone)
    figures = ("notes", "uniquePatients", "uniqueAuthors")
    assert {
        key: {name: node[name] for name in figures} for key, node in found.items() if node["notes"] or not key
    } == expected
    if order == "NOTES":
        counts = [node["notes"] for node in nodes]
        assert counts == sorted(counts, reverse=direction == "DESC")
    elif bucket is not None:
        starts = [node["starts"] or node["hour"] for node in nodes]
        assert starts == sorted(starts, reverse=direction == "DESC")
    if fill:
        combinations = {key[1:] for key in expected}
        stretches = len({key[0] for key in found})
        assert len(nodes) == stretches * len(combinations) if by else len(nodes) == stretches
        if bucket is Bucket.DAY and (expected or not by):
            assert stretches == 31
        if bucket is Bucket.HOUR and zone == "Europe/Berlin" and (expected or not by):
            assert stretches == 31 * 24 - 1


@pytest.mark.parametrize(
    ("arguments", "argument", "says"),
    [
        ('from: "2026-02-02", through: "2026-02-01"', ["through"], "not before"),
        ('from: "2000-01-01", through: "2026-02-01"', ["through"], "3660 days"),
        ('from: "2026-01-01", through: "2026-12-31", bucket: HOUR, groupBy: [SHIFT, LATE_ENTRY]', ["groupBy"], "10000"),
        ('from: "2026-01-01", through: "2026-02-01", bucket: FORTNIGHT', ["bucket"], "Bucket"),
        ('from: "2026-01-01", through: "2026-02-01", groupBy: [COLOUR]', ["groupBy"], "Dimension"),
        ('from: "2026-01-01", through: "2026-02-01", timeZone: "Mars/Olympus"', ["timeZone"], "IANA"),
        ('from: "2026-01-01", through: "2026-02-01", fillGaps: true', ["fillGaps"], "bucket"),
        ('from: "2026-01-01", through: "2026-02-01", fillGaps: true, bucket: HOUR', ["timeZone"], "one clock"),
        (
            'from: "2026-01-01", through: "2026-02-01", fillGaps: true, bucket: DAY, groupBy: [PATIENT]',
            ["fillGaps"],
            "filter",
        ),
        ('from: "2026-01-01", through: "2026-02-01", first: 501', ["first"], "500"),
        ('from: "2026-01-01", through: "2026-02-01", after: "x"', ["after"], "cursor"),
        ('from: "2026-01-01", through: "2026-02-01", filter: {search: "ab"}', ["filter", "search"], "3 letters"),
    ],
)
async def test_what_cannot_be_asked_costs_no_statement(
    api: Api, house: House, statements: list[str], arguments: str, argument: list[str], says: str
) -> None:
    error = await api.as_(Role.CLINICIAN, house.tenant).refused(f"{{ noteStats({arguments}) {{ totalCount }} }}")
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", argument)
    assert says in error["message"]
    assert statements == []


async def test_what_the_counts_know_is_not_read_from_notes(api: Api, house: House, statements: list[str]) -> None:
    await house.note()
    reader = api.as_(Role.READER, house.tenant)
    span = 'from: "2026-01-01", through: "2026-12-31"'
    by_counts = [
        f"groupBy: [CATEGORY, PRIORITY, STATUS, SHIFT, LATE_ENTRY, FACILITY], {span}",
        f"bucket: MONTH, groupBy: [STATUS], filter: {{categories: [VITALS], statuses: [FINAL]}}, {span}",
    ]
    for arguments in by_counts:
        await reader.ask(f"{{ noteStats({arguments}) {{ edges {{ node {{ notes }} }} }} }}")
    await reader.ask(
        f"{{ noteStats(bucket: DAY, groupBy: [FACILITY], {span}) {{ edges {{ node {{ uniquePatients }} }} }} }}"
    )
    assert len(statements) == 3 * 1 + 4, "one more for each request, for the figures' version"
    assert not [sql for sql in statements if "FROM notes" in sql]


async def test_people_are_for_those_who_may_see_them(api: Api, house: House) -> None:
    reader = api.as_(Role.READER, house.tenant)
    for dimension in ("PATIENT", "AUTHOR"):
        error = await reader.refused(
            f'{{ noteStats(from: "2026-01-01", through: "2026-02-01", groupBy: [{dimension}]) {{ totalCount }} }}'
        )
        assert error["code"] == "FORBIDDEN"
