"""Commands that send reminders, and hold them back."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.environment import environment, err, tenant_id_of, told_to_stop, with_database
from config import Settings
from db.reminders import pausing
from db.scope import Database, Scope
from db.vocabulary import Channel
from delivery.catcher.catching import catching
from delivery.running import dispatching
from endpoint import logs
from endpoint.metrics_alone import measured
from live.running import hinting

app = typer.Typer()

OneTenant = Annotated[str, typer.Option(help="Slug of the tenant.")]
OneChannel = Annotated[Channel | None, typer.Option(help="Only this channel; all if not given.")]


@app.command()
def dispatch(
    loops: Annotated[int | None, typer.Option(help="Batches sent at once; else DISPATCH_LOOPS.", min=1)] = None,
) -> None:
    """Send what is due, until told to stop. Any number of processes may."""
    with environment(dispatch_loops=loops) as servers, catching(servers) as settings:
        logs.configure(settings)
        with_database(settings, lambda database: _until_told_to_stop(settings, database), waiting=True)


async def _until_told_to_stop(settings: Settings, database: Database) -> None:
    async with measured(settings, database), hinting(settings), dispatching(settings) as running:
        err.print("Sending reminders. Stop with Ctrl-C.")
        await told_to_stop(running)


@app.command()
def pause(tenant: OneTenant, channel: OneChannel = None) -> None:
    """Send no more reminders of a tenant. They stay in the queue, and expire if that takes too long."""
    channels = [channel] if channel else list(Channel)
    changed = _change(tenant, lambda scope: pausing.pause(scope, channels, "operator"))
    err.print(f"Paused: {changed} of {len(channels)} channels that were not before.")


@app.command()
def resume(tenant: OneTenant, channel: OneChannel = None) -> None:
    """Send a tenant's reminders again."""
    channels = [channel] if channel else list(Channel)
    changed = _change(tenant, lambda scope: pausing.resume(scope, channels))
    err.print(f"Resumed: {changed} of {len(channels)} channels that were paused.")


def _change(slug: str, work: Callable[[Scope], Awaitable[int]]) -> int:
    async def change(database: Database) -> int:
        async with database.write(await tenant_id_of(database, slug)) as scope:
            return await work(scope)

    with environment() as settings:
        return with_database(settings, change)
