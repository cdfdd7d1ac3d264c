"""The care providers: what they are called, where their facilities are, and who works there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from db.demo.names import invent
from db.demo.places import KINDS, PLACES, Place
from db.demo.plan import HISTORY, Plan
from db.demo.rows import FacilityRow, PractitionerFacilityRow, PractitionerRow, TenantRow
from db.demo.uuids import uuid7_at
from db.vocabulary import FacilityStatus, PractitionerRole, TenantStatus

FIRST_SLUG = "sunrise-care"
"""The slug of the largest tenant of seed 1."""

_FIRST = ("Sunrise", "Harbour", "Willow", "Northfield", "Lindenhof", "Riverbend", "Cedar", "Meadow", "Kestrel", "Amber")
_SECOND = ("Care", "Homes", "Health", "Living", "Community", "Support", "Nursing", "Trust", "Services", "Partners")
# Larger tenants come first: each pair of words once, then again with a number.
_NAMES = [f"{first} {second}" for second, first in product(_SECOND, _FIRST)]

_ROLES = {
    PractitionerRole.NURSE: 45,
    PractitionerRole.CARE_ASSISTANT: 28,
    PractitionerRole.PHYSICIAN: 10,
    PractitionerRole.THERAPIST: 12,
    PractitionerRole.SOCIAL_WORKER: 5,
}
_NOTES_PER_PRACTITIONER = 250


class Resident(NamedTuple):
    """As much of a patient as notes and reminders need to know."""

    id: UUID
    admitted_at: datetime
    left_at: datetime
    has_email: bool


@dataclass(frozen=True, slots=True)
class Site:
    """A facility, and who is there."""

    row: FacilityRow
    place: Place
    staff: list[UUID] = field(default_factory=list)
    residents: list[Resident] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.place.zone)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant with all that its notes refer to."""

    row: TenantRow
    notes: int
    sites: list[Site]
    practitioners: list[PractitionerRow]
    employments: list[PractitionerFacilityRow]


def organisations(plan: Plan) -> Iterator[tuple[Organisation, Random]]:
    """Each with the stream of chance that the rest of it is made from, the largest first."""
    for number, notes in enumerate(plan.notes_per_tenant()):
        chance = plan.chance(number)
        yield _organisation(plan, number, notes, chance), chance


def tenant_names(plan: Plan) -> list[str]:
    """Every seed has names of its own, so that several can be loaded into one database."""
    return [_name(plan, number) for number in range(plan.tenants)]


def slugs(plan: Plan) -> list[str]:
    """Of its tenants, the largest first."""
    return [slug_of(name) for name in tenant_names(plan)]


def slug_of(name: str) -> str:
    return name.lower().replace(" ", "-")


def _name(plan: Plan, number: int) -> str:
    again, which = divmod(number, len(_NAMES))
    name = f"{_NAMES[which]} {again + 1}" if again else _NAMES[which]
    return name if plan.seed == 1 else f"{name} S{plan.seed}"


def _organisation(plan: Plan, number: int, notes: int, chance: Random) -> Organisation:
    founded = plan.begin - HISTORY * chance.uniform(0.8, 1)
    name = _name(plan, number)
    places = chance.sample(PLACES, k=_between(2, 2 + notes // 3_000 + chance.randrange(3), 8))
    tenant = TenantRow(
        uuid7_at(founded, chance), slug_of(name), name, TenantStatus.ACTIVE, places[0].zone, founded, founded
    )
    sites = [_site(plan, tenant, place, chance) for place in places]
    practitioners, employments = _staff(plan, tenant, sites, notes, chance)
    return Organisation(tenant, notes, sites, practitioners, employments)


def _site(plan: Plan, tenant: TenantRow, place: Place, chance: Random) -> Site:
    opened = tenant.created_at + (plan.begin - tenant.created_at) * chance.random() / 2
    name = f"{chance.choice(place.towns)} {chance.choice(KINDS)}"
    row = FacilityRow(tenant.id, uuid7_at(opened, chance), name, place.zone, FacilityStatus.ACTIVE, opened, opened)
    return Site(row, place)


def _staff(
    plan: Plan, tenant: TenantRow, sites: list[Site], notes: int, chance: Random
) -> tuple[list[PractitionerRow], list[PractitionerFacilityRow]]:
    """Everybody works in one to three facilities, and every facility has somebody."""
    count = _between(max(6, len(sites)), notes // _NOTES_PER_PRACTITIONER, 400)
    roles = chance.choices(list(_ROLES), list(_ROLES.values()), k=count)
    practitioners, employments = [], []
    for number, role in enumerate(roles, start=1):
        hired = plan.begin - (plan.begin - tenant.created_at) * chance.random() / 2
        name = invent(chance)
        person = PractitionerRow(
            tenant.id,
            uuid7_at(hired, chance),
            f"practitioner-{number}",
            str(name),
            f"{name.mailbox}.{number}@{tenant.slug}.example",
            role,
            hired,
            hired,
        )
        practitioners.append(person)
        home = sites[number % len(sites)]
        elsewhere = [site for site in chance.sample(sites, k=chance.choice((0, 0, 1, 2))) if site is not home]
        for site in (home, *elsewhere):
            site.staff.append(person.id)
            employments.append(PractitionerFacilityRow(tenant.id, person.id, site.row.id))
    return practitioners, employments


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def within(begin: datetime, end: datetime, chance: Random) -> datetime:
    """A moment between the two, to the second."""
    return begin + timedelta(seconds=int((end - begin).total_seconds() * chance.random()))
