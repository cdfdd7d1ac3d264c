"""Reminders a second: claim, consent, a channel that takes everything, settlement with attempts; one process and two.

Then with a million reminders that are not due, and with a thousand tenants. Rendering and providers are not in it: `--smtp` has
them. `--snapshot` holds an old snapshot open meanwhile.
"""

from pathlib import Path
from statistics import median

from bench.embedded import run
from bench.reminders import smtp, snapshot
from bench.reminders.filling import Load
from bench.reminders.measuring import Case, Emptying, postmaster
from bench.report import machine, parser, table
from db.embedded import Servers
from delivery.dispatcher import Pace


def cases(quick: bool) -> list[Case]:
    due, future, many = (20_000, 50_000, 100) if quick else (200_000, 1_000_000, 1_000)
    few = Load(20, due)
    return [
        Case("one", "one process", few),
        Case("two", "two processes", few, processes=2),
        Case("backlog", f"one, and {future:,} that are not due", Load(20, due, future)),
        Case("tenants", f"one, {many:,} tenants with {due // many:,} each", Load(many, due)),
    ]


async def measure(servers: Servers, folder: Path, quick: bool) -> tuple[dict[str, float], str]:
    emptying, all_cases, rounds = Emptying(servers, postmaster(folder)), cases(quick), 1 if quick else 3
    few, _, backlog, tenants = (case.load for case in all_cases)
    async with emptying.filled(few) as a, emptying.filled(backlog) as b, emptying.filled(tenants) as c:
        templates = {few: a, backlog: b, tenants: c}
        for _ in range(rounds):
            for case in all_cases:
                await emptying.run(case, templates[case.load])
    one = all_cases[0]
    figures = {f"{case.name}_rate": case.rate for case in all_cases}
    figures |= {f"{case.name}_to_one": case.rate / one.rate for case in all_cases[1:]}
    figures["one_cpu_us"] = median(one.dispatchers) + median(one.postgres)
    return figures, _text(all_cases, rounds, Pace())


def _text(all_cases: list[Case], rounds: int, pace: Pace) -> str:
    one = all_cases[0]
    compared = table(
        ["", "reminders a second", "ratio", "CPU of dispatchers", "CPU of PostgreSQL"],
        [
            [
                case.title,
                f"{case.rate:,.0f}",
                f"{case.rate / one.rate:.2f}",
                *(f"{median(each):.0f} µs" for each in (case.dispatchers, case.postgres)),
            ]
            for case in all_cases
        ],
    )
    return f"""{machine()}; embedded PostgreSQL 18, uvloop, on one machine. `python -m bench.reminders`: {one.load.due:,}
reminders of {one.load.tenants} tenants that are due, {pace.loops} loops, batches of {pace.batch}; {rounds} rounds in
turns, medians. synchronous_commit on, foreign keys and row-level security as shipped; finding out what is due is in the figure.

{compared}

Each was sent once and settled once, with one attempt on record. The processor time is for each reminder: two cores have
{2e6 / (median(one.dispatchers) + median(one.postgres)):,.0f} times that in a second.
"""


def main() -> None:
    flags = parser(__doc__ or "")
    flags.add_argument("--smtp", action="store_true", help="mail to a server that keeps nothing, instead")
    flags.add_argument("--snapshot", action="store_true", help="with a snapshot held open for a minute, instead")
    arguments = flags.parse_args()
    name, part = (
        ("reminders-smtp", smtp.measure)
        if arguments.smtp
        else ("reminders-snapshot", snapshot.measure)
        if arguments.snapshot
        else ("reminders", measure)
    )
    run(name, arguments, part)


if __name__ == "__main__":
    main()
