"""The command `carenotes`."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

import server
from auth import Principal, Role, Tokens
from config import Settings
from db import api_keys, guard, servers
from db.demo import FIRST_SLUG, Plan, quarter
from db.demo import load as load_demo
from db.engine import create_engine
from db.migrate import migrate as run_migrations
from db.scope import PLATFORM, Database
from db.tables import Practitioner, Tenant
from db.vocabulary import TenantStatus
from errors import CareError, Misconfigured
from schema import schema

T = TypeVar("T")

app = typer.Typer(help="CareNotes: care notes over GraphQL.", no_args_is_help=True, pretty_exceptions_enable=False)
keys = typer.Typer(help="API keys of a tenant: what machines log in with.", no_args_is_help=True)
app.add_typer(keys, name="api-key")
out, err = Console(highlight=False), Console(stderr=True, highlight=False)


@contextmanager
def _environment(**overrides: object) -> Iterator[Settings]:
    """Settings of the environment, with servers up for as long as the block lasts."""
    given = {name: value for name, value in overrides.items() if value is not None}
    with servers.provided(Settings(**given)) as settings:  # type: ignore[arg-type]  # pydantic checks them
        yield settings


def _with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        database = Database(create_engine(settings))
        try:
            await guard.check(database)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _owner(settings: Settings) -> tuple[str, str]:
    """The URLs of the owner and of the application's role."""
    if not settings.migration_database_url or not settings.database_url:
        raise Misconfigured(
            "This needs MIGRATION_DATABASE_URL: the same database as DATABASE_URL, as the role that owns it. "
            "README.md, section “On real servers”, shows how to create both roles."
        )
    return settings.migration_database_url, settings.database_url


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else PORT.", min=0, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes; else WORKERS.", min=1)] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty database with demo data first.")] = False,
) -> None:
    """Serve. Without DATABASE_URL and REDIS_URL, on embedded servers."""
    with _environment(host=host, port=port, workers=workers) as settings:
        if settings.migration_database_url:
            _migrate(settings)
        _with_database(settings, _nothing)
        tokens = _demonstrate(settings) if demo else {}
        # The workers read the environment: they must find there what was decided here.
        for name in ("host", "port", "workers", "database_url", "redis_url"):
            os.environ[name.upper()] = str(getattr(settings, name))
        server.run(settings, lambda address: _announce(address, tokens))


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    with _environment() as settings:
        _migrate(settings)


def _migrate(settings: Settings) -> None:
    before, after = asyncio.run(run_migrations(*_owner(settings)))
    err.print(f"Schema at revision {after}" + ("." if before == after else f", from {before or 'nothing'}."))


@app.command()
def demo(
    notes: Annotated[int, typer.Option(help="How many notes.", min=1)] = 100_000,
    tenants: Annotated[int, typer.Option(help="How many tenants they are spread over.", min=1, max=500)] = 5,
    days: Annotated[int, typer.Option(help="Over how many days.", min=1, max=3650)] = 90,
    seed: Annotated[int, typer.Option(help="Another seed makes other data; the same, the same.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(help="Nothing happens after this, UTC; the last quarter of an hour if not given.")
    ] = None,
) -> None:
    """Load demo data: made up, deterministic, in one transaction."""
    with _environment() as settings:
        _migrate(settings)
        _fill(
            settings,
            Plan(
                notes=notes,
                tenants=tenants,
                days=days,
                seed=seed,
                until=quarter(until.replace(tzinfo=UTC) if until else datetime.now(UTC)),
            ),
        )


def _fill(settings: Settings, plan: Plan) -> None:
    owner_url, _ = _owner(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        summary = asyncio.run(load_demo(owner_url, plan, show))
    err.print(f"Loaded {summary.rows['notes']:,} notes of {plan.tenants} tenants in {summary.seconds:.1f} s.")


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What its bearer may do.")],
    tenant: Annotated[str | None, typer.Option(help="Slug of the tenant; none for PLATFORM_ADMIN.")] = None,
    subject: Annotated[str, typer.Option(help="Whom it names: of a practitioner, for writing notes.")] = "operator",
    expires_in: Annotated[str, typer.Option(help="How long it is good, such as 30m, 12h or 7d.")] = "12h",
) -> None:
    """Print a token signed with JWT_SECRET."""
    if (role is Role.PLATFORM_ADMIN) != (tenant is None):
        raise Misconfigured(
            "Every role but PLATFORM_ADMIN is held in a tenant: give --tenant, and none for PLATFORM_ADMIN."
        )
    with _environment() as settings:
        tenant_id = None if tenant is None else _with_database(settings, lambda db: _tenant_id(db, tenant))
        print(Tokens(settings).issue(Principal(tenant_id, subject, role), _duration(expires_in).total_seconds()))


@keys.command("create")
def create_key(
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    subject: Annotated[str | None, typer.Option(help="The practitioner it writes as; none if not given.")] = None,
    expires_in: Annotated[
        str | None, typer.Option(help="How long it is good, such as 90d; for good if not given.")
    ] = None,
) -> None:
    """Make an API key and print it: the only time it is seen, for only its hash is kept."""
    if not name.strip():
        raise Misconfigured("Give the key a --name: somebody will ask what it is for.")
    if role is Role.PLATFORM_ADMIN:
        raise Misconfigured("An API key belongs to a tenant, and PLATFORM_ADMIN to none.")
    expires_at = datetime.now(UTC) + _duration(expires_in) if expires_in else None

    async def work(database: Database) -> tuple[UUID, object]:
        return await api_keys.create(database, await _tenant_id(database, tenant), name, role, subject, expires_at)

    with _environment() as settings:
        key_id, credential = _with_database(settings, work)
    err.print(f"API key {key_id}. Keep what follows: it is not shown again.")
    print(credential)


@keys.command("list")
def list_keys(tenant: Annotated[str, typer.Option(help="Slug of the tenant.")]) -> None:
    """List a tenant's API keys, revoked ones too."""

    async def work(database: Database) -> Any:
        return await api_keys.list_all(database, await _tenant_id(database, tenant))

    # An id that is cut short cannot be revoked.
    table = Table(
        Column("id", min_width=36),
        *(Column(name, overflow="fold") for name in ("name", "role", "subject", "created", "expires", "revoked")),
    )
    with _environment() as settings:
        for key in _with_database(settings, work):
            times = (key.created_at, key.expires_at, key.revoked_at)
            table.add_row(
                str(key.id),
                key.name,
                key.role,
                key.subject,
                *(f"{time:%Y-%m-%d %H:%M}" if time else "" for time in times),
            )
    out.print(table)


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[UUID, typer.Argument(help="Its id, as `api-key list` shows it.")],
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
) -> None:
    """Revoke an API key: its next request is refused."""

    async def work(database: Database) -> bool:
        return await api_keys.revoke(database, await _tenant_id(database, tenant), key_id)

    with _environment() as settings:
        if not _with_database(settings, work):
            raise Misconfigured(f"Tenant {tenant} has no API key {key_id} that could be revoked.")
    err.print("Revoked.")


@app.command("print-schema")
def print_schema() -> None:
    """Print the schema in GraphQL's own language."""
    sys.stdout.write(schema.as_str() + "\n")


async def _tenants(database: Database) -> list[Tenant]:
    scope = database.read(PLATFORM)
    try:
        return list(await scope.rows(select(Tenant.__table__).order_by(Tenant.id), Tenant))
    finally:
        await scope.close()


async def _tenant_id(database: Database, slug: str) -> UUID:
    tenants = {tenant.slug: tenant.id for tenant in await _tenants(database)}
    if slug not in tenants:
        raise Misconfigured(f"There is no tenant {slug}. There are: {', '.join(tenants) or 'none'}.")
    return tenants[slug]


async def _nothing(_: Database) -> None:
    """For what `_with_database` does before."""


def _demonstrate(settings: Settings) -> dict[Role, str]:
    """Fills an empty database. A token for each role of the first demo tenant, as long as that can be used."""
    if settings.environment == "production":
        raise Misconfigured("Demo data has no place in production: leave out --demo, or ENVIRONMENT=production.")
    if not _with_database(settings, _tenants):
        _fill(settings, Plan(until=quarter(datetime.now(UTC))))
    return {} if settings.jwt_jwks_url and not settings.jwt_secret else _with_database(settings, _demo_tokens(settings))


def _demo_tokens(settings: Settings) -> Callable[[Database], Coroutine[Any, Any, dict[Role, str]]]:
    async def work(database: Database) -> dict[Role, str]:
        usable = {each.slug: each for each in await _tenants(database) if each.status == TenantStatus.ACTIVE}
        tenant = usable.get(FIRST_SLUG)
        if tenant is None:
            return {}
        scope = database.read(tenant.id)
        try:
            clinician = await scope.value(
                select(Practitioner.subject).where(Practitioner.tenant_id == tenant.id).order_by(Practitioner.id)
            )
        finally:
            await scope.close()
        subjects = {role: f"demo-{role.lower().replace('_', '-')}" for role in Role} | {Role.CLINICIAN: clinician}
        tokens, lifetime = Tokens(settings), timedelta(days=7).total_seconds()
        return {
            role: tokens.issue(Principal(None if role is Role.PLATFORM_ADMIN else tenant.id, subject, role), lifetime)
            for role, subject in subjects.items()
        }

    return work


def _announce(address: str, tokens: dict[Role, str]) -> None:
    out.print(f"\nCareNotes serves on [bold]{address}/graphql[/]")
    if tokens:
        out.print(f"\nTokens of the demo tenant {FIRST_SLUG}, good for 7 days:")
        for role, issued in tokens.items():
            out.print(f"  {role:<15}{issued}", soft_wrap=True)
        out.print("\nGraphiQL, signed in as CLINICIAN:")
        out.print(f"  {address}/graphql#token={tokens[Role.CLINICIAN]}", soft_wrap=True)
    out.print("\nStop with Ctrl-C.\n")


def _duration(text: str) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[-1:] not in units or not text[:-1].isdecimal() or int(text[:-1]) == 0:
        raise Misconfigured(f"{text!r} is no duration; 30m, 12h and 7d are.")
    if len(text) > 6:
        raise Misconfigured(f"{text} is longer than anything should be good for.")
    return timedelta(**{units[text[-1]]: int(text[:-1])})


def main() -> None:
    """Runs the command; what the operator can mend is one line on standard error and exit status 1."""
    try:
        app()
    except (Misconfigured, CareError) as problem:
        err.print(f"[red]carenotes:[/] {escape(str(problem))}", soft_wrap=True)
        sys.exit(1)
    except DBAPIError as problem:
        err.print(f"[red]carenotes:[/] PostgreSQL says: {escape(str(problem.orig))}", soft_wrap=True)
        sys.exit(1)
    except ValidationError as invalid:
        for error in invalid.errors():
            name = ".".join(str(part) for part in error["loc"]).upper()
            err.print(f"[red]carenotes:[/] {name or 'settings'}: {escape(error['msg'])}", soft_wrap=True)
        sys.exit(1)
