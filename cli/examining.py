"""The command that looks an installation over."""

import asyncio
from typing import Annotated

import orjson
import typer
from rich.markup import escape

from cli.environment import environment, err, out
from doctor.checks import Level
from doctor.checkup import CHECKS, Result, examine, worst

app = typer.Typer()

_MARKS = {
    Level.OK: "[green]✓[/]",
    Level.NOTE: "[blue]i[/]",
    Level.WARNING: "[yellow]![/]",
    Level.PROBLEM: "[red]✗[/]",
}


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit status 1 for warnings, too.")] = False,
) -> None:
    """Look the installation over and say what to do. Changes nothing. Exit status 1 where there is a problem."""
    with environment() as settings, err.status("Looking…") as waiting:
        seen = 0

        def tell(result: Result) -> None:
            nonlocal seen
            seen += 1
            waiting.update(f"Looked at {seen} of {len(CHECKS)}")
            if not as_json:
                _show(result)

        results = asyncio.run(examine(settings, tell))
    verdict = worst(results)
    if as_json:
        print(orjson.dumps({"worst": verdict.name, "checks": [_plain(each) for each in results]}).decode())
    else:
        found = [finding.level for result in results for finding in result.findings]
        counts = ", ".join(f"{found.count(level)} {level.name.lower()}s" for level in list(Level)[:0:-1])
        err.print(f"{len(results)} checks: {counts}.")
    if verdict is Level.PROBLEM or (strict and verdict is Level.WARNING):
        raise typer.Exit(1)


def _show(result: Result) -> None:
    out.print(f"{_MARKS[result.level]} {result.group}: {escape(result.about)}", soft_wrap=True)
    for finding in result.findings:
        out.print(f"  {_MARKS[finding.level]} {escape(finding.what)}", soft_wrap=True)
        if finding.advice:
            out.print(f"    {escape(finding.advice)}", soft_wrap=True, style="dim")


def _plain(result: Result) -> dict[str, object]:
    return {
        "group": result.group,
        "name": result.name,
        "about": result.about,
        "level": result.level.name,
        "seconds": round(result.seconds, 3),
        "findings": [
            {"level": finding.level.name, "what": finding.what, "advice": finding.advice} for finding in result.findings
        ],
    }
