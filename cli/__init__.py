"""The command `carenotes`."""

import sys

import asyncpg
import typer
from pydantic import ValidationError
from rich.markup import escape

from cli import credentials, dispatching, examining, relaying, serving, statistics
from cli.environment import err
from errors import CareError, Misconfigured
from schema import schema

app = typer.Typer(
    help="CareNotes: care notes over GraphQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(serving.app)
app.add_typer(dispatching.app)
app.add_typer(relaying.app)
app.add_typer(credentials.app)
app.add_typer(examining.app)
app.add_typer(statistics.app, name="stats")


@app.command("print-schema")
def print_schema() -> None:
    """Print the schema in GraphQL's own language."""
    sys.stdout.write(schema.as_str() + "\n")


def main() -> None:
    """Runs the command; what the operator can mend is one line on standard error and exit status 1."""
    try:
        app()
    except (Misconfigured, CareError) as problem:
        err.print(f"[red]carenotes:[/] {escape(str(problem))}", soft_wrap=True)
        sys.exit(1)
    except asyncpg.PostgresError as problem:
        err.print(f"[red]carenotes:[/] PostgreSQL says: {escape(str(problem))}", soft_wrap=True)
        sys.exit(1)
    except ValidationError as invalid:
        for error in invalid.errors():
            name = ".".join(str(part) for part in error["loc"]).upper()
            err.print(f"[red]carenotes:[/] {name or 'settings'}: {escape(error['msg'])}", soft_wrap=True)
        sys.exit(1)
