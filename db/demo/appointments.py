"""Appointments, two weeks back and two ahead: on working days by the facility's clock, no two of a practitioner in one hour."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

from db.demo.organisations import Organisation, Resident, Site, within
from db.demo.plan import Plan
from db.demo.rows import AppointmentRow, PractitionerRow
from db.demo.uuids import uuid7_at
from db.vocabulary import AppointmentStatus, PractitionerRole

_SPAN = timedelta(days=14)
_BOOKED_BEFORE = timedelta(days=30)
_HOURS = (9, 10, 11, 13, 14, 15, 16)
_A_DAY = (0, 1, 2, 2, 3, 4)
_LENGTHS = [timedelta(minutes=minutes) for minutes in (20, 30, 30, 45, 60)]
_MOVED = 0.1
_TRIES = 20

_SERVICES = {
    PractitionerRole.PHYSICIAN: ("Medical review", "Medication review", "Follow-up visit", "Vaccination"),
    PractitionerRole.THERAPIST: ("Physiotherapy", "Occupational therapy", "Speech therapy", "Group exercise"),
    PractitionerRole.SOCIAL_WORKER: ("Care planning", "Family meeting", "Benefits advice"),
}
_GROUPS = {"Group exercise", "Family meeting"}
_REASONS = ("The patient asked for another time.", "The practitioner is away.", "No transport.", "No longer needed.")

_S = AppointmentStatus


class _State(NamedTuple):
    """A state with how often it is met, and by how many transitions it is reached from the first."""

    status: AppointmentStatus
    weight: float
    steps: int


_OVER = (
    _State(_S.FULFILLED, 82, 2),
    _State(_S.NOSHOW, 7, 1),
    _State(_S.CANCELLED, 9, 1),
    _State(_S.ENTERED_IN_ERROR, 2, 1),
)
_RUNNING = (_State(_S.CHECKED_IN, 3, 2), _State(_S.ARRIVED, 1, 1))
_AHEAD = (
    _State(_S.BOOKED, 80, 0),
    _State(_S.PENDING, 8, 0),
    _State(_S.PROPOSED, 3, 0),
    _State(_S.WAITLIST, 2, 0),
    _State(_S.CANCELLED, 7, 1),
)


def appointments(plan: Plan, organisation: Organisation) -> Iterator[AppointmentRow]:
    """From a stream of chance of their own. The patients must have been made by then."""
    chance = plan.chance(f"appointments/{organisation.row.slug}")
    sites = {site.row.id: site for site in organisation.sites}
    home = {each.practitioner_id: sites[each.facility_id] for each in reversed(organisation.employments)}
    first = max(plan.begin, plan.until - _SPAN)
    for practitioner in organisation.practitioners:
        if practitioner.role not in _SERVICES:
            continue
        site = home[practitioner.id]
        for day in _working_days(first, plan.until + _SPAN, site):
            for hour in sorted(chance.sample(_HOURS, k=chance.choice(_A_DAY))):
                start = datetime(day.year, day.month, day.day, hour, tzinfo=site.zone).astimezone(UTC)
                resident = _somebody(site, min(start, plan.until), chance)
                if resident is not None:
                    yield _appointment(plan, site, practitioner, resident, start, chance)


def _working_days(first: datetime, last: datetime, site: Site) -> Iterator[date]:
    day, end = (moment.astimezone(site.zone).date() for moment in (first, last))
    while (day := day + timedelta(days=1)) < end:
        if day.weekday() < 5:
            yield day


def _somebody(site: Site, at: datetime, chance: Random) -> Resident | None:
    """Who is in care at that moment."""
    for _ in range(_TRIES):
        resident = chance.choice(site.residents)
        if resident.admitted_at <= at <= resident.left_at:
            return resident
    return None


def _appointment(
    plan: Plan, site: Site, practitioner: PractitionerRow, resident: Resident, start: datetime, chance: Random
) -> AppointmentRow:
    end = start + chance.choice(_LENGTHS)
    possible = _OVER if end <= plan.until else _RUNNING if start <= plan.until else _AHEAD
    [state] = chance.choices(possible, [each.weight for each in possible])
    latest = min(start, plan.until)
    booked = within(max(resident.admitted_at, practitioner.created_at, start - _BOOKED_BEFORE), latest, chance)
    moved = chance.random() < _MOVED
    changed = booked
    if state.steps or moved:
        over = state.status in (_S.FULFILLED, _S.NOSHOW)
        changed = end if over else latest if possible is _RUNNING else within(booked, latest, chance)
    service = chance.choice(_SERVICES[PractitionerRole(practitioner.role)])
    return AppointmentRow(
        practitioner.tenant_id,
        uuid7_at(booked, chance),
        resident.id,
        practitioner.id,
        site.row.id,
        start,
        end,
        site.place.zone,
        service,
        service not in _GROUPS,
        state.status,
        2 if moved else 1,
        chance.choice(_REASONS) if state.status is _S.CANCELLED else None,
        booked,
        changed,
        1 + state.steps + moved,
    )
