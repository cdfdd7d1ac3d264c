"""Commands that let somebody in: tokens for people, API keys for machines."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Column, Table

from auth import Principal, Role, Tokens
from cli.environment import duration, environment, err, out, tenant_id_of, with_database
from db import api_keys
from db.scope import Database
from errors import Misconfigured

app = typer.Typer()
keys = typer.Typer(help="API keys of a tenant: what machines log in with.", no_args_is_help=True)
app.add_typer(keys, name="api-key")


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
    with environment() as settings:
        tenant_id = None if tenant is None else with_database(settings, lambda db: tenant_id_of(db, tenant))
        print(Tokens(settings).issue(Principal(tenant_id, subject, role), duration(expires_in).total_seconds()))


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
    expires_at = datetime.now(UTC) + duration(expires_in) if expires_in else None

    async def work(database: Database) -> tuple[UUID, object]:
        return await api_keys.create(database, await tenant_id_of(database, tenant), name, role, subject, expires_at)

    with environment() as settings:
        key_id, credential = with_database(settings, work)
    err.print(f"API key {key_id}. Keep what follows: it is not shown again.")
    print(credential)


@keys.command("list")
def list_keys(tenant: Annotated[str, typer.Option(help="Slug of the tenant.")]) -> None:
    """List a tenant's API keys, revoked ones too."""

    async def work(database: Database) -> Any:
        return await api_keys.list_all(database, await tenant_id_of(database, tenant))

    # An id that is cut short cannot be revoked.
    table = Table(
        Column("id", min_width=36),
        *(Column(name, overflow="fold") for name in ("name", "role", "subject", "created", "expires", "revoked")),
    )
    with environment() as settings:
        for key in with_database(settings, work):
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
        return await api_keys.revoke(database, await tenant_id_of(database, tenant), key_id)

    with environment() as settings:
        if not with_database(settings, work):
            raise Misconfigured(f"Tenant {tenant} has no API key {key_id} that could be revoked.")
    err.print("Revoked.")
