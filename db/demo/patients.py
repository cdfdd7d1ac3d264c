"""The people who are cared for."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from db.demo.names import invent
from db.demo.organisations import Organisation, Resident, Site, within
from db.demo.plan import HISTORY, Plan
from db.demo.rows import PatientRow
from db.demo.uuids import uuid7_at
from db.vocabulary import PatientStatus

_NOTES_PER_PATIENT = 40
_LEAST, _MOST = 20, 50_000
_FIRST_BIRTH = date(1925, 1, 1)
_DAYS_OF_BIRTH = (date(2005, 12, 31) - _FIRST_BIRTH).days + 1

_DISCHARGED = 0.08
_ADMITTED_MEANWHILE = 0.15
_WITH_EMAIL = 0.6
_WITH_PHONE = 0.8


def patients(plan: Plan, organisation: Organisation, chance: Random) -> Iterator[PatientRow]:
    """A tenant's patients. Each becomes a resident of its facility on the way, which is all that is kept in memory."""
    count = max(_LEAST, min(organisation.notes // _NOTES_PER_PATIENT, _MOST))
    sites = organisation.sites
    # The first of each facility stay throughout, so that there is always somebody to write about.
    for number in range(count):
        site = sites[number] if number < len(sites) else sites[int(len(sites) * chance.random() ** 1.3)]
        yield _patient(plan, organisation, site, number, number < len(sites), chance)


def _patient(
    plan: Plan, organisation: Organisation, site: Site, number: int, stays: bool, chance: Random
) -> PatientRow:
    meanwhile = not stays and chance.random() < _ADMITTED_MEANWHILE
    admitted = within(*((plan.begin, plan.until) if meanwhile else (plan.begin - HISTORY / 2, plan.begin)), chance)
    left = None
    if not stays and chance.random() < _DISCHARGED:
        left = within(max(admitted, plan.begin), plan.until, chance)
    name = invent(chance)
    row = PatientRow(
        organisation.row.id,
        uuid7_at(admitted, chance),
        site.row.id,
        f"MRN-{number + 1:06}",
        str(name),
        _FIRST_BIRTH + timedelta(days=int(_DAYS_OF_BIRTH * chance.random())),
        f"{name.mailbox}.{number + 1}@example.org" if chance.random() < _WITH_EMAIL else None,
        f"+1555{int(10_000_000 * chance.random()):07}" if chance.random() < _WITH_PHONE else None,
        site.place.zone,
        site.place.locale,
        PatientStatus.ACTIVE if left is None else PatientStatus.DISCHARGED,
        left,
        admitted,
        left or admitted,
        1 if left is None else 2,
    )
    site.residents.append(Resident(row.id, admitted, left or plan.until, row.email is not None))
    return row


def present(site: Site, begin: datetime, end: datetime) -> list[Resident]:
    """Who was there from one moment to the other."""
    return [one for one in site.residents if one.admitted_at <= begin and one.left_at >= end]
