"""Daily statistics: the figures of a naive count in Python, for any facilities, days, periods and zones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth import Role
from config import Settings
from db.calendar import Bucket, Days
from db.vocabulary import NoteCategory, NotePriority, Shift
from tests.api import Api
from tests.db.recounting import notes_of
from tests.factories import House

FIGURES = """fragment Figures on DailyStats {
  date through total lateEntries uniquePatients uniqueAuthors notesPerPatient
  byCategory { category notes } byPriority { priority notes } byStatus { status notes } byShift { shift notes }
  byFacility { facility { id } notes } }"""
RANGE = (
    """query ($from: Date!, $through: Date!, $bucket: Bucket!, $some: [ID!]) {
         all: dailyStatsRange(from: $from, through: $through, bucket: $bucket) { ...Figures }
         some: dailyStatsRange(from: $from, through: $through, bucket: $bucket, facilityIds: $some) { ...Figures }
         facilities { edges { node { id
           dailyStatsRange(from: $from, through: $through, bucket: $bucket) { ...Figures } } } } }"""
    + FIGURES
)
BUCKETS = [bucket for bucket in Bucket if bucket is not Bucket.HOUR]


def period_of(day: date, bucket: Bucket) -> date:
    """When the period that the day is in begins."""
    match bucket:
        case Bucket.WEEK:
            return day - timedelta(days=day.weekday())
        case Bucket.MONTH:
            return day.replace(day=1)
        case Bucket.QUARTER:
            return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
        case Bucket.YEAR:
            return day.replace(day=1, month=1)
    return day


def naively(house: House, notes: list[dict[str, Any]], days: Days) -> list[dict[str, Any]]:
    """The figures as the API shows them."""
    span = [days.first + timedelta(days=n) for n in range((days.last - days.first).days + 1)]
    found = []
    for start in dict.fromkeys(period_of(day, days.bucket) for day in span):
        within = [day for day in span if period_of(day, days.bucket) == start]
        here = [note for note in notes if note["day"] in within]

        def by(name: str, words: Any, here: list[dict[str, Any]] = here) -> list[dict[str, Any]]:
            return [{name: word, "notes": sum(note[name] == word for note in here)} for word in words]

        places = {each: sum(note["facility_id"] == each for note in here) for each in house.facilities}
        patients = {note["patient_id"] for note in here}
        found.append(
            {
                "date": within[0].isoformat(),
                "through": within[-1].isoformat(),
                "total": len(here),
                "lateEntries": sum(note["late_entry"] for note in here),
                "uniquePatients": len(patients),
                "uniqueAuthors": len({note["author_id"] for note in here}),
                "notesPerPatient": pytest.approx(len(here) / len(patients), abs=0.0051) if here else None,
                "byCategory": by("category", NoteCategory),
                "byPriority": by("priority", NotePriority),
                "byStatus": by("status", ["PRELIMINARY", "FINAL", "AMENDED"]),
                "byShift": by("shift", Shift),
                "byFacility": [
                    {"facility": {"id": house.gid("Facility", each)}, "notes": count}
                    for each, count in sorted(places.items(), key=lambda item: (-item[1], item[0]))
                    if count
                ],
            }
        )
    return found


NOTE = st.fixed_dictionaries(
    {
        # Around the days in March on which clocks change in New York and in Berlin, and around New Year.
        "effective_at": st.builds(
            lambda start, minutes: start + timedelta(minutes=minutes),
            st.sampled_from([datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)]),
            st.integers(0, 24 * 24 * 60),
        ),
        "late": st.booleans(),
        "category": st.sampled_from(NoteCategory),
        "priority": st.sampled_from(NotePriority),
        "shift": st.sampled_from(Shift),
        "status": st.sampled_from(["PRELIMINARY", "FINAL", "AMENDED", "ENTERED_IN_ERROR"]),
        "patient": st.integers(0, 2),
        "author": st.integers(0, 1),
        "facility": st.integers(0, 1),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(NOTE, max_size=25),
    first=st.dates(date(2025, 11, 20), date(2026, 4, 10)),
    length=st.integers(0, 120),
    bucket=st.sampled_from(BUCKETS),
)
async def test_figures_are_those_of_a_naive_count(
    unlimited: Api, owner: asyncpg.Pool, rows: list[dict[str, Any]], first: date, length: int, bucket: Bucket
) -> None:
    house = await House.build(owner)
    for row in rows:
        await house.note(
            patient_id=house.patients[row["patient"]],
            author_id=house.practitioners[row["author"]],
            facility_id=house.facilities[row["facility"]],
            recorded_at=row["effective_at"] + timedelta(hours=25 if row["late"] else 1),
            **{name: row[name] for name in ("effective_at", "category", "priority", "shift", "status")},
        )
    days, notes = Days(first, first + timedelta(days=length), bucket), await notes_of(owner, house.tenant)
    some = house.facilities[1]
    answer = await unlimited.as_(Role.READER, house.tenant).ask(
        RANGE,
        **{"from": first.isoformat(), "through": days.last.isoformat(), "bucket": bucket},
        some=[house.gid("Facility", some), house.gid("Facility", house.tenant)],
    )
    of = {each: [note for note in notes if note["facility_id"] == each] for each in house.facilities}
    assert answer["all"] == naively(house, notes, days)
    assert answer["some"] == naively(house, of[some], days)
    shown = {edge["node"]["id"]: edge["node"]["dailyStatsRange"] for edge in answer["facilities"]["edges"]}
    assert shown == {house.gid("Facility", each): naively(house, of[each], days) for each in house.facilities}
    assert days.periods == len(answer["all"])


async def test_a_day_has_as_many_hours_as_its_clock(api: Api, house: House) -> None:
    """29 March 2026 has 23 hours in Berlin and 25 October has 25: each hour is counted, on its own day."""
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=1 if hours == 23 else 2)
        for hour in range(-1, hours + 1):
            await house.note(effective_at=midnight + timedelta(hours=hour))
        stats = await api.as_(Role.READER, house.tenant).ask(
            "query ($day: Date!) { dailyStats(date: $day) { total } }", day=day.isoformat()
        )
        assert stats["dailyStats"]["total"] == hours


@pytest.mark.parametrize(
    ("arguments", "argument", "says"),
    [
        ('from: "2026-02-02", through: "2026-02-01"', "through", "not before"),
        ('from: "2000-01-01", through: "2026-02-01"', "through", "3660 days"),
        ('from: "2020-01-01", through: "2026-02-01"', "bucket", "1000 periods"),
        ('from: "2026-01-01", through: "2026-02-01", bucket: HOUR', "bucket", "by the hour"),
        ('from: "2026-01-32", through: "2026-02-01"', "from", "ISO 8601"),
        ('from: "2026-01-01", through: "2026-02-01", bucket: FORTNIGHT', "bucket", "Bucket"),
    ],
)
async def test_what_cannot_be_asked_costs_no_statement(
    api: Api, house: House, statements: list[str], arguments: str, argument: str, says: str
) -> None:
    reader = api.as_(Role.READER, house.tenant)
    error = await reader.refused(f"{{ dailyStatsRange({arguments}) {{ total }} }}")
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", [argument])
    assert says in error["message"]
    assert statements == []


async def test_ten_years_by_month_are_within_the_limits(api: Api, house: House, settings: Settings) -> None:
    assert settings.statistics_days_limit == 3_660
    stats = await api.as_(Role.READER, house.tenant).ask(
        '{ dailyStatsRange(from: "2016-01-01", through: "2025-12-31", bucket: MONTH) { total } }'
    )
    assert len(stats["dailyStatsRange"]) == 120
