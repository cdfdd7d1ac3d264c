"""Commands that serve, migrate and fill."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import server
from auth import Role
from cli.environment import environment, err, out, owner_and_app, tenants_of, with_database
from config import Settings
from db.demo import FIRST_SLUG, Plan, quarter
from db.demo import load as load_demo
from db.migrate import migrate as run_migrations
from db.scope import Database
from delivery.catcher.catching import catching
from endpoint.demo import demo_tenants
from errors import Misconfigured

app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else PORT.", min=0, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes; else WORKERS.", min=1)] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty database with demo data first.")] = False,
) -> None:
    """Serve. Without DATABASE_URL and REDIS_URL, on embedded servers."""
    with (
        environment(host=host, port=port, workers=workers, demo_tokens=demo or None) as servers,
        catching(servers) as settings,
    ):
        if settings.migration_database_url:
            _migrate(settings)
        with_database(settings, _nothing)
        tokens = _demonstrate(settings) if demo else {}
        decided = ("host", "port", "workers", "database_url", "redis_url", "demo_tokens")
        handed_on = {name.upper(): str(getattr(settings, name)) for name in decided}
        if settings.smtp_url is not None:
            handed_on |= {"SMTP_URL": settings.smtp_url.get_secret_value(), "MAIL_FROM": settings.mail_from or ""}
        caught = servers.smtp_url is None and settings.smtp_url is not None
        with _in_environment(handed_on):
            server.run(settings, lambda address: _announce(address, tokens, caught))


@contextmanager
def _in_environment(values: dict[str, str]) -> Iterator[None]:
    """The workers read the environment: they must find there what was decided here."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    with environment() as settings:
        _migrate(settings)


def _migrate(settings: Settings) -> None:
    before, after = asyncio.run(run_migrations(*owner_and_app(settings)))
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
    with environment() as settings:
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
    owner_url, _ = owner_and_app(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        summary = asyncio.run(load_demo(owner_url, plan, show))
    err.print(f"Loaded {summary.rows['notes']:,} notes of {plan.tenants} tenants in {summary.seconds:.1f} s.")


async def _nothing(_: Database) -> None:
    """For what `with_database` does before."""


def _demonstrate(settings: Settings) -> dict[Role, str]:
    """Fills an empty database. A token for each role of the first demo tenant, as long as that can be used."""
    if settings.environment == "production":
        raise Misconfigured("Demo data has no place in production: leave out --demo, or ENVIRONMENT=production.")
    if not with_database(settings, tenants_of):
        _fill(settings, Plan(until=quarter(datetime.now(UTC))))
    if settings.signing_secret is None:
        return {}
    tenants = with_database(settings, lambda database: demo_tenants(database, settings))
    return next((tenant.tokens for tenant in tenants if tenant.slug == FIRST_SLUG), {})


def _announce(address: str, tokens: dict[Role, str], caught: bool) -> None:
    out.print(f"\nCareNotes serves on [bold]{address}[/]")
    if caught:
        out.print(f"Its mail is caught: {address}/mail")
    if tokens:
        out.print(f"\nTokens of the demo tenant {FIRST_SLUG}, good for 7 days:")
        for role, issued in tokens.items():
            out.print(f"  {role:<15}{issued}", soft_wrap=True)
        for name, path in (("The dashboard", "/"), ("GraphiQL", "/graphql")):
            out.print(f"\n{name}, signed in as CLINICIAN:")
            out.print(f"  {address}{path}#token={tokens[Role.CLINICIAN]}", soft_wrap=True)
    out.print("\nStop with Ctrl-C.\n")
