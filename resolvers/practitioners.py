"""Practitioners: the people who care, and who write notes."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import delete, insert, select
from uuid_utils.compat import uuid7

from auth import Principal
from db.keyset import Order, Which
from db.pool import values_of
from db.scope import Scope
from db.tables import Facility, Practitioner, PractitionerFacility
from db.vocabulary import PractitionerRole
from errors import Forbidden, NotFound
from executor import batched, reads
from loaders.keys import among, among_words
from resolvers import checks, paging
from resolvers.context import Context, Info
from resolvers.mutating import Edit, Mutation, argument, as_is, change, given, not_null, once
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_id
from resolvers.relations import listed

BY_NAME = Order((Practitioner.name, Practitioner.id), descending=False)
_WHICH = {"roles": among_words(Practitioner.role, "roles")}


@strawberry.input(description="Which practitioners.")
class PractitionerFilter:
    roles: list[PractitionerRole] | None = strawberry.field(default=None, description="Of any of these professions.")


def listing(_: Context, filter: PractitionerFilter | None = None) -> paging.Listing:
    values = {"roles": filter.roles} if filter and filter.roles is not None else {}
    return paging.Listing(BY_NAME, Which(_WHICH, values), filter)


@listed(Practitioner, listing)
async def practitioners(
    info: Info,
    filter: PractitionerFilter | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Page[Practitioner]:
    """The tenant's practitioners, by name."""
    which = listing(info.context, filter)
    return await paging.page(info, Practitioner, which, paging.window(info.context, which, first, after, last, before))


@batched("id")
async def facilities_of_practitioner(
    practitioners: strawberry.Parent[Sequence[Practitioner]], info: Info
) -> list[list[Facility]]:
    """Where they work, by name."""
    ids = values_of(practitioners, Practitioner.id)
    return await info.context.loaders.facilities_of_practitioner.load_all(ids, reads(info))


async def own_practitioner(info: Info) -> Practitioner | None:
    """The practitioner this credential belongs to, if it is one's: the author of the notes it writes."""
    if info.context.principal.tenant_id is None:
        return None
    return await _by_subject(info.context.scope, info.context.principal)


async def author_id(scope: Scope, principal: Principal) -> UUID:
    """Whose name goes under what this caller writes. Raises Forbidden for a credential that is no practitioner's."""
    practitioner = await _by_subject(scope, principal)
    if practitioner is None:
        raise Forbidden(
            "What is written needs an author, and this credential's subject is no practitioner of the tenant. "
            "An administrator can create one with this subject."
        )
    return practitioner.id


async def _by_subject(scope: Scope, principal: Principal) -> Practitioner | None:
    return await scope.row(
        select(Practitioner.__table__).where(
            Practitioner.tenant_id == scope.tenant_id, Practitioner.subject == principal.subject
        ),
        Practitioner,
    )


class PractitionerPayload(NamedTuple):
    practitioner: Practitioner | None


@strawberry.input(description="A new practitioner.")
class CreatePractitionerInput(Mutation):
    subject: str = strawberry.field(
        description="The `sub` of this person's tokens, which makes them the author of what they write. Unique."
    )
    name: str = strawberry.field(description="Their full name; up to 200 characters.")
    email: str = strawberry.field(description="Their email address. Unique.")
    role: PractitionerRole = strawberry.field(description="Their profession.")
    facility_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Where they work.")


async def create_practitioner(info: Info, input: CreatePractitionerInput) -> PractitionerPayload:
    """Creates a practitioner. `CONFLICT` where the subject or the email address is taken."""
    practitioner_id = uuid7()
    values = {
        "tenant_id": info.context.tenant_id,
        "id": practitioner_id,
        "subject": checks.line(input.subject, argument("subject")),
        "name": checks.line(input.name, argument("name")),
        "email": checks.email(input.email, argument("email")),
        "role": input.role,
    }

    async def work(scope: Scope) -> None:
        await scope.run(insert(Practitioner).values(values))
        await _place(scope, practitioner_id, input.facility_ids)

    return await _payload(info, await once(info, input, practitioner_id, work))


@strawberry.input(description="Changes to a practitioner. What is not given stays.")
class UpdatePractitionerInput(Edit):
    subject: strawberry.Maybe[str | None] = strawberry.field(description="The `sub` of their tokens.", default=None)
    name: strawberry.Maybe[str | None] = strawberry.field(description="Their full name.", default=None)
    email: strawberry.Maybe[str | None] = strawberry.field(description="Their email address.", default=None)
    role: strawberry.Maybe[PractitionerRole | None] = strawberry.field(description="Their profession.", default=None)
    facility_ids: strawberry.Maybe[list[strawberry.ID] | None] = strawberry.field(
        description="Where they work: the whole list.", default=None
    )


async def update_practitioner(info: Info, input: UpdatePractitionerInput) -> PractitionerPayload:
    """Changes a practitioner. `CONFLICT` where the subject or the email address is taken."""
    practitioner_id = row_id("Practitioner", input.id, argument("id"))
    values = given(input, subject=checks.line, name=checks.line, email=checks.email, role=as_is)

    async def work(scope: Scope) -> None:
        await change(scope, Practitioner, input, values)
        if input.facility_ids is not None:
            await scope.run(
                delete(PractitionerFacility).where(
                    PractitionerFacility.tenant_id == scope.tenant_id,
                    PractitionerFacility.practitioner_id == practitioner_id,
                )
            )
            await _place(scope, practitioner_id, not_null(input.facility_ids, "facility_ids"))

    return await _payload(info, await once(info, input, practitioner_id, work))


async def _place(scope: Scope, practitioner_id: UUID, facility_ids: list[strawberry.ID]) -> None:
    at = argument("facility_ids")
    wanted = dict.fromkeys(row_id("Facility", each, [*at, n]) for n, each in enumerate(facility_ids))
    if not wanted:
        return
    known: set[Any] = {
        row.id
        for row in await scope.rows(
            select(Facility.id).where(Facility.tenant_id == scope.tenant_id, among(Facility.id)),
            Facility,
            keys=list(wanted),
        )
    }
    for n, each in enumerate(wanted):
        if each not in known:
            raise NotFound("facility", [*at, n])
    await scope.run(
        insert(PractitionerFacility).values(
            [{"tenant_id": scope.tenant_id, "practitioner_id": practitioner_id, "facility_id": each} for each in wanted]
        )
    )


async def _payload(info: Info, practitioner_id: UUID) -> PractitionerPayload:
    return PractitionerPayload(await info.context.loaders.by_id(Practitioner).load(practitioner_id))
