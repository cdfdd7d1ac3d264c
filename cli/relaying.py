"""The command that relays events, and does nothing else."""

import typer

from cli.environment import environment, err, told_to_stop, with_database
from config import Settings
from db.scope import Database
from endpoint import logs
from endpoint.metrics_alone import measured
from live.running import relaying

app = typer.Typer()


@app.command()
def relay() -> None:
    """Relay events to those who subscribe, until told to stop. Any number of processes may."""
    with environment() as settings:
        logs.configure(settings)
        with_database(settings, lambda database: _until_told_to_stop(settings, database), waiting=True)


async def _until_told_to_stop(settings: Settings, database: Database) -> None:
    async with measured(settings, database), relaying(settings) as running:
        err.print("Relaying events. Stop with Ctrl-C.")
        await told_to_stop(running)
