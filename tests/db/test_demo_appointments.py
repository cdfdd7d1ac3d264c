"""The demo's appointments, before they are loaded: plausible, as the mutations would have let them in."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from db.appointment_states import OCCUPYING, PLANNED
from db.demo import Plan
from db.demo.appointments import appointments
from db.demo.organisations import organisations
from db.demo.patients import patients
from db.demo.rows import AppointmentRow, PatientRow
from db.vocabulary import AppointmentStatus, PractitionerRole
from resolvers import checks

# Over the days in March and April in which clocks change in New York, in Europe and in Sydney.
PLAN = Plan(until=datetime(2026, 3, 25, 17, 45, tzinfo=UTC), notes=20_000, tenants=3, days=30)


@pytest.fixture(scope="module")
def made() -> list[tuple[AppointmentRow, PatientRow]]:
    """Each with its patient."""
    found = []
    for organisation, chance in organisations(PLAN):
        people = {each.id: each for each in patients(PLAN, organisation, chance)}
        found += [(row, people[row.patient_id]) for row in appointments(PLAN, organisation)]
    return found


def test_they_are_at_hours_at_which_people_see_each_other(made: list[tuple[AppointmentRow, PatientRow]]) -> None:
    for row, _ in made:
        here = row.starts_at.astimezone(ZoneInfo(row.time_zone))
        assert 9 <= here.hour <= 16
        assert here.weekday() < 5
        checks.line(row.service_type, ())


def test_nothing_has_happened_that_is_still_to_come(made: list[tuple[AppointmentRow, PatientRow]]) -> None:
    seen = {AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN, AppointmentStatus.FULFILLED}
    seen |= {AppointmentStatus.NOSHOW, AppointmentStatus.ENTERED_IN_ERROR}
    for row, patient in made:
        assert patient.created_at <= row.created_at <= row.updated_at <= PLAN.until
        assert row.created_at <= row.starts_at < row.ends_at
        assert patient.discharged_at is None or row.starts_at <= patient.discharged_at
        assert row.facility_id == patient.facility_id
        allowed = PLANNED if row.starts_at > PLAN.until else seen
        assert row.status in {*allowed, AppointmentStatus.CANCELLED}
        assert (row.cancel_reason is None) == (row.status is not AppointmentStatus.CANCELLED)


def test_nobody_is_in_two_places(made: list[tuple[AppointmentRow, PatientRow]]) -> None:
    times = sorted((row.practitioner_id, row.starts_at, row.ends_at) for row, _ in made if row.status in OCCUPYING)
    for (one, _, ends), (other, starts, _) in pairwise(times):
        assert one != other or ends <= starts


def test_every_state_is_met_and_half_is_still_to_come(made: list[tuple[AppointmentRow, PatientRow]]) -> None:
    states = Counter(row.status for row, _ in made)
    assert {*states} >= set(AppointmentStatus) - {AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN}
    ahead = sum(row.starts_at > PLAN.until for row, _ in made)
    assert ahead / len(made) == pytest.approx(0.5, abs=0.1)


def test_those_who_see_patients_by_appointment_do(made: list[tuple[AppointmentRow, PatientRow]]) -> None:
    by_appointment = {PractitionerRole.PHYSICIAN, PractitionerRole.THERAPIST, PractitionerRole.SOCIAL_WORKER}
    roles = {each.id: each.role for organisation, _ in organisations(PLAN) for each in organisation.practitioners}
    assert {roles[row.practitioner_id] for row, _ in made} == by_appointment


def test_they_are_the_same_each_time(made: list[tuple[AppointmentRow, PatientRow]]) -> None:
    again = []
    for organisation, chance in organisations(PLAN):
        for _ in patients(PLAN, organisation, chance):
            pass
        again += list(appointments(PLAN, organisation))
    assert again == [row for row, _ in made]
