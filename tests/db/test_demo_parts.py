"""What demo data are made of."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from db.demo import Plan
from db.demo.names import Name
from db.demo.notes import Stories
from db.demo.organisations import organisations
from db.demo.patients import patients
from db.demo.plan import split
from db.demo.rhythm import HOURS, WEEKDAYS, slots
from db.demo.sentences import SENTENCES
from db.demo.texts import Texts, drafts
from db.demo.uuids import uuid7_at
from db.vocabulary import NoteCategory, shift_of
from resolvers import checks
from tests.db.demo_plan import PLAN


def test_a_hundred_and_fifty_tenants_have_names_of_their_own() -> None:
    plan = Plan(until=PLAN.until, notes=0, tenants=150)
    slugs = [organisation.row.slug for organisation, _ in organisations(plan)]
    assert len(set(slugs)) == 150
    assert all(checks.slug(slug, ()) for slug in slugs)


def test_notes_are_made_only_as_they_are_asked_for() -> None:
    """Ten million notes are planned and a hundred made, without a wait."""
    plan = Plan(until=PLAN.until, notes=10_000_000)
    organisation, chance = next(organisations(plan))
    for _ in patients(plan, organisation, chance):
        pass
    stories = iter(Stories(plan, organisation, Texts(plan), chance))
    assert len(list(islice(stories, 100))) == 100


def test_a_plan_must_make_sense() -> None:
    with pytest.raises(ValueError, match="at least one tenant"):
        Plan(until=PLAN.until, tenants=0)


def test_parts_add_up() -> None:
    assert split(10, [1, 1, 1]) == [3, 4, 3]
    assert sum(split(12_345, [chance / 7 for chance in range(1, 100)])) == 12_345


def test_ids_are_those_of_rfc_9562() -> None:
    made = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    row_id = uuid7_at(made, Random(1))
    assert (row_id.version, row_id.variant) == (7, UUID(int=row_id.int).variant)
    assert row_id.int >> 80 == round(made.timestamp() * 1000)
    assert row_id != uuid7_at(made, Random(2))


@pytest.mark.parametrize("day", [27, 28, 29])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
def test_a_day_has_the_quarters_of_the_clock_on_the_wall(zone: str, day: int) -> None:
    """In March, around the day on which Europe's clocks change."""
    begin = datetime(2026, 3, day, 17, 45, tzinfo=UTC)
    within = [begin + timedelta(minutes=15 * number + 14) for number in range(96)]
    clocks = [moment.astimezone(ZoneInfo(zone)) for moment in within]
    quarters = slots(begin, ZoneInfo(zone))
    assert [quarter.shift for quarter in quarters] == [shift_of(clock.hour) for clock in clocks]
    assert [quarter.weight for quarter in quarters] == [
        HOURS[clock.hour] * WEEKDAYS[clock.weekday()] for clock in clocks
    ]


def test_every_sentence_could_be_a_note() -> None:
    assert set(SENTENCES) == set(NoteCategory)
    texts, chance = Texts(PLAN), Random(1)
    for category in NoteCategory:
        assert min(len(texts.note(category, chance)) for _ in range(500)) >= 40


def test_earlier_versions_are_shorter() -> None:
    assert drafts("one two three four", 2) == ["one", "one two"]
    assert drafts("Unbreakable", 1) == ["Unbre"]
    assert drafts("anything", 0) == []


def test_mailboxes_are_plain() -> None:
    assert Name("Małgorzata", "O'Connor").mailbox == "malgorzata.oconnor"
    assert Name("Zoë", "Öztürk").mailbox == "zoe.ozturk"
