"""Commands that check the counts statistics are read from, and count anew."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from cli.environment import environment, err, out, tenant_id_of, tenants_of, with_database
from db import figures
from db.scope import Database
from db.tables import Facility
from db.vocabulary import TenantStatus

app = typer.Typer(help="The counts that statistics are read from.", no_args_is_help=True)

OneTenant = Annotated[str | None, typer.Option(help="Slug of a tenant; all that are active if not given.")]
Piece = Callable[[UUID, UUID, date, date], Awaitable[None]]


@app.command()
def verify(tenant: OneTenant = None) -> None:
    """Compare the counts with a recount of the notes, while others write. Exit status 1 where they differ."""
    found: list[figures.Drift] = []

    def work(database: Database) -> Piece:
        async def compare(tenant_id: UUID, facility_id: UUID, begins: date, ends: date) -> None:
            scope = database.read(tenant_id)
            try:
                found.extend(await figures.drift(scope, [facility_id], begins, ends))
            finally:
                await scope.close()

        return compare

    pieces = _each_piece("verify", tenant, work)
    for drift in found:
        out.print(f"{drift.what}: facility {drift.facility_id}, {drift.starts}")
    if found:
        err.print("These counts are not those of a recount. Mend them with: carenotes stats rebuild")
        raise typer.Exit(1)
    err.print(f"All counts are right ({pieces} months of facilities).")


@app.command()
def rebuild(tenant: OneTenant = None) -> None:
    """Count anew, while others write: a month of a facility at a time, in which its writers wait."""

    def work(database: Database) -> Piece:
        async def count(tenant_id: UUID, facility_id: UUID, begins: date, ends: date) -> None:
            async with database.write(tenant_id) as scope:
                await figures.rebuild(scope, [facility_id], begins, ends)

        return count

    pieces = _each_piece("rebuild", tenant, work)
    err.print(f"Counted {pieces} months of facilities anew.")


def _each_piece(stage: str, slug: str | None, work: Callable[[Database], Piece]) -> int:
    """Does it to each month of each facility, behind a progress bar; how many there were."""

    def run(bars: Progress) -> Callable[[Database], Coroutine[Any, Any, int]]:
        async def all_of_them(database: Database) -> int:
            pieces = await _pieces(database, slug)
            task, do = bars.add_task(stage, total=len(pieces)), work(database)
            for piece in pieces:
                await do(*piece)
                bars.advance(task)
            return len(pieces)

        return all_of_them

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with environment() as settings, Progress(*columns, console=err) as bars:
        return with_database(settings, run(bars))


async def _pieces(database: Database, slug: str | None) -> list[tuple[UUID, UUID, date, date]]:
    """Tenant, facility, and a month of it. A suspended tenant's people write nothing, and neither do we."""
    if slug is not None:
        tenants = [await tenant_id_of(database, slug)]
    else:
        tenants = [each.id for each in await tenants_of(database) if each.status == TenantStatus.ACTIVE]
    pieces = []
    for tenant_id in tenants:
        scope = database.read(tenant_id)
        try:
            facilities = await scope.rows(select(Facility.id).where(Facility.tenant_id == tenant_id), Facility)
            for facility in facilities:
                pieces += [(tenant_id, facility.id, *month) for month in await figures.months(scope, facility.id)]
        finally:
            await scope.close()
    return pieces
