"""Tokens of the demo tenants, for the menus of the pages: only where `serve --demo` runs, and only for its own machine."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from sqlalchemy import select
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from auth import Principal, Role, Tokens
from config import Settings
from db.demo import Plan, quarter, slugs
from db.scope import PLATFORM, Database
from db.tables import Practitioner, Tenant
from db.vocabulary import TenantStatus

LIFETIME = timedelta(days=7)


class DemoTenant(NamedTuple):
    name: str
    slug: str
    tokens: dict[Role, str]


async def demo_tenants(database: Database, settings: Settings) -> list[DemoTenant]:
    """Those that can be used, the largest first, each with a token of every role."""
    issuer = Tokens(settings)

    async def of(tenant: Tenant) -> dict[Role, str]:
        subjects = {role: f"demo-{role.lower().replace('_', '-')}" for role in Role}
        subjects[Role.CLINICIAN] = await _practitioner(database, tenant)
        return {
            role: issuer.issue(
                Principal(None if role is Role.PLATFORM_ADMIN else tenant.id, subject, role), LIFETIME.total_seconds()
            )
            for role, subject in subjects.items()
        }

    return [DemoTenant(each.name, each.slug, await of(each)) for each in await _tenants(database)]


async def _tenants(database: Database) -> list[Tenant]:
    order = slugs(Plan(until=quarter(datetime.now(UTC))))
    scope = database.read(PLATFORM)
    try:
        usable = select(Tenant.__table__).where(Tenant.slug.in_(order), Tenant.status == TenantStatus.ACTIVE)
        return sorted(await scope.rows(usable, Tenant), key=lambda tenant: order.index(tenant.slug))
    finally:
        await scope.close()


async def _practitioner(database: Database, tenant: Tenant) -> str:
    """The `sub` of one, who so can write notes."""
    scope = database.read(tenant.id)
    try:
        first = select(Practitioner.subject).where(Practitioner.tenant_id == tenant.id).order_by(Practitioner.id)
        return str(await scope.value(first.limit(1)))
    finally:
        await scope.close()


def menu(settings: Settings) -> Route:
    """Always there, so that pages need not guess; mostly empty."""
    offers = settings.demo_tokens and settings.environment == "development" and settings.signing_secret is not None

    async def offered(request: Request) -> JSONResponse:
        tenants = await demo_tenants(request.state.database, settings) if offers and _at_home(request) else []
        return JSONResponse([each._asdict() for each in tenants], headers={"Cache-Control": "no-store"})

    return Route("/demo/tokens", offered)


def _at_home(request: Request) -> bool:
    """Whether a browser on this machine asks, for a page of this machine.

    The name it was asked for counts as well: another site's name may be made to lead here (DNS rebinding).
    """
    client, name = request.client, URL(scope=request.scope).hostname
    return client is not None and _is_loopback(client.host) and (name == "localhost" or _is_loopback(name))


def _is_loopback(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
