"""Tenants: managed by the platform's administrators, seen by their own people."""

from typing import Any, NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, insert
from uuid_utils.compat import uuid7

from db.keyset import Order, Which
from db.scope import Scope
from db.tables import Tenant
from db.vocabulary import TenantStatus
from resolvers import checks, paging
from resolvers.context import Info
from resolvers.mutating import Edit, Mutation, argument, as_is, change, given, once
from resolvers.paging import After, Before, First, Last, Page
from resolvers.references import row_id
from resolvers.scalars import TimeZone

BY_CREATION = Order((Tenant.id,), descending=False)
_WHICH: dict[str, ColumnElement[bool]] = {}


async def tenants(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Page[Tenant]:
    """All tenants, oldest first."""
    listing = paging.Listing(BY_CREATION, Which(_WHICH, {}), None)
    return await paging.page(info, Tenant, listing, paging.window(info.context, listing, first, after, last, before))


async def own_tenant(info: Info) -> Tenant | None:
    """The tenant of this credential; null for administrators of the platform, who belong to none."""
    tenant_id = info.context.principal.tenant_id
    return await info.context.loaders.tenants.load(tenant_id) if tenant_id else None


class TenantPayload(NamedTuple):
    tenant: Tenant | None


@strawberry.input(description="A new tenant.")
class CreateTenantInput(Mutation):
    name: str = strawberry.field(description="What it is called; up to 200 characters.")
    slug: str = strawberry.field(
        description="Its short name in commands and addresses: 2 to 63 small letters, digits and hyphens. Unique, and fixed."
    )
    time_zone: TimeZone = strawberry.field(description="The zone its new facilities and patients start with.")
    locale: str = strawberry.field(default="en", description="The language its new patients start with (BCP 47).")


async def create_tenant(info: Info, input: CreateTenantInput) -> TenantPayload:
    """Creates a tenant. `CONFLICT` where the slug is taken."""
    tenant_id = uuid7()
    values = {
        "id": tenant_id,
        "name": checks.line(input.name, argument("name")),
        "slug": checks.slug(input.slug, argument("slug")),
        "time_zone": input.time_zone,
        "locale": checks.locale(input.locale, argument("locale")),
        "status": TenantStatus.ACTIVE,
    }

    async def work(scope: Scope) -> None:
        await scope.run(insert(Tenant).values(values))

    return await _payload(info, await once(info, input, tenant_id, work))


@strawberry.input(description="Changes to a tenant. What is not given stays.")
class UpdateTenantInput(Edit):
    name: strawberry.Maybe[str | None] = strawberry.field(description="What it is called.", default=None)
    time_zone: strawberry.Maybe[TimeZone | None] = strawberry.field(description="Its zone.", default=None)
    locale: strawberry.Maybe[str | None] = strawberry.field(description="Its language.", default=None)


async def update_tenant(info: Info, input: UpdateTenantInput) -> TenantPayload:
    """Changes a tenant: any by the platform's administrators, its own by an administrator of the tenant."""
    return await _edit(info, input, given(input, name=checks.line, time_zone=as_is, locale=checks.locale))


@strawberry.input(description="Which tenant to suspend.")
class SuspendTenantInput(Edit):
    pass


async def suspend_tenant(info: Info, input: SuspendTenantInput) -> TenantPayload:
    """Suspends a tenant: from now on its people can read and write nothing of it. Its data stays."""
    return await _edit(info, input, {"status": TenantStatus.SUSPENDED})


@strawberry.input(description="Which tenant to let back in.")
class ResumeTenantInput(Edit):
    pass


async def resume_tenant(info: Info, input: ResumeTenantInput) -> TenantPayload:
    """Ends a tenant's suspension."""
    return await _edit(info, input, {"status": TenantStatus.ACTIVE})


async def _edit(info: Info, input: Edit, values: dict[str, Any]) -> TenantPayload:
    tenant_id = row_id("Tenant", input.id, argument("id"))

    async def work(scope: Scope) -> None:
        await change(scope, Tenant, input, values)

    return await _payload(info, await once(info, input, tenant_id, work))


async def _payload(info: Info, tenant_id: UUID) -> TenantPayload:
    return TenantPayload(await info.context.loaders.tenants.load(tenant_id))
