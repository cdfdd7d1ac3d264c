"""Facilities: the places a tenant cares at."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from db import figures, outbox
from db.event_kinds import FacilityEventKind
from db.keyset import Order, Which
from db.pool import values_of
from db.scope import Scope
from db.tables import Facility, Note, Tenant
from db.vocabulary import FacilityStatus
from executor import batched
from loaders.keys import among_words
from resolvers import checks, paging
from resolvers.context import Context, Info
from resolvers.mutating import Edit, Mutation, argument, as_is, change, given, once
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_id
from resolvers.relations import listed, to_one
from resolvers.scalars import TimeZone

BY_NAME = Order((Facility.name, Facility.id), descending=False)
_WHICH = {"statuses": among_words(Facility.status, "statuses")}


@strawberry.input(description="Which facilities.")
class FacilityFilter:
    statuses: list[FacilityStatus] | None = strawberry.field(default=None, description="In any of these states.")


def listing(_: Context, filter: FacilityFilter | None = None) -> paging.Listing:
    values = {"statuses": filter.statuses} if filter and filter.statuses is not None else {}
    return paging.Listing(BY_NAME, Which(_WHICH, values), filter)


@listed(Facility, listing)
async def facilities(
    info: Info,
    filter: FacilityFilter | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Facility]:
    """The tenant's facilities, by name."""
    which = listing(info.context, filter)
    return await paging.page(info, Facility, which, paging.window(info.context, which, first, after, last, before))


@batched("id")
async def facilities_of_tenant(
    tenants: strawberry.Parent[Sequence[Tenant]],
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Page[Facility]]:
    """The tenant's facilities, by name."""
    which = listing(info.context)
    window = paging.window(info.context, which, first, after, last, before)
    return await paging.pages_below(info, Facility.tenant_id, values_of(tenants, Tenant.id), which, window)


facility = to_one(Facility, Note.facility_id, "Where.")


class FacilityPayload(NamedTuple):
    facility: Facility | None


@strawberry.input(description="A new facility.")
class CreateFacilityInput(Mutation):
    name: str = strawberry.field(description="What it is called; up to 200 characters.")
    time_zone: TimeZone = strawberry.field(description="Whose clock decides which day and shift a note belongs to.")


async def create_facility(info: Info, input: CreateFacilityInput) -> FacilityPayload:
    """Creates a facility."""
    facility_id = uuid7()
    name = checks.line(input.name, argument("name"))

    async def work(scope: Scope) -> None:
        await scope.run(
            insert(Facility).values(
                tenant_id=scope.tenant_id,
                id=facility_id,
                name=name,
                time_zone=input.time_zone,
                status=FacilityStatus.ACTIVE,
            )
        )
        await outbox.append(scope, FacilityEventKind.CREATED, facility_id)

    return await _payload(info, await once(info, input, facility_id, work))


@strawberry.input(description="Changes to a facility. What is not given stays.")
class UpdateFacilityInput(Edit):
    name: strawberry.Maybe[str | None] = strawberry.field(description="What it is called.", default=None)
    time_zone: strawberry.Maybe[TimeZone | None] = strawberry.field(description="Its zone.", default=None)
    status: strawberry.Maybe[FacilityStatus | None] = strawberry.field(description="Whether it is open.", default=None)


async def update_facility(info: Info, input: UpdateFacilityInput) -> FacilityPayload:
    """Changes a facility. Another time zone gives its notes other days, and its statistics are counted anew."""
    facility_id = row_id("Facility", input.id, argument("id"))
    values = given(input, name=checks.line, time_zone=as_is, status=as_is)

    async def work(scope: Scope) -> None:
        await change(scope, Facility, input, values)
        await outbox.append(scope, FacilityEventKind.UPDATED, facility_id)
        if "time_zone" in values:
            # Other days by another clock: nobody sees the new zone with the old days.
            await figures.rebuild(scope, [facility_id])

    return await _payload(info, await once(info, input, facility_id, work))


async def _payload(info: Info, facility_id: UUID) -> FacilityPayload:
    return FacilityPayload(await info.context.loaders.by_id(Facility).load(facility_id))
