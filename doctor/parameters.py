"""PostgreSQL's own settings: those that cost data, speed, or privacy."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import NamedTuple

from doctor.checks import Finding, Group, Level
from doctor.subject import Subject

PARAMETERS = Group("parameters")

Values = Mapping[str, str]
"""As pg_settings has them: in the base unit of each."""


class Rule(NamedTuple):
    reads: tuple[str, ...]
    hurts: Callable[[Values], bool]
    level: Level
    what: str
    advice: str


def _is(name: str, *bad: str) -> Callable[[Values], bool]:
    return lambda values: values[name] in bad


def _logs_values(values: Values) -> bool:
    """Whether the server's log has statements, and their arguments with them (-1: of any length)."""
    statements = values["log_statement"] in ("mod", "all") or values["log_min_duration_statement"] != "-1"
    return statements and values["log_parameter_max_length"] != "0"


_DURABLE = "What was answered as written may be lost in a crash."
RULES = (
    Rule(
        ("server_version_num",),
        lambda values: int(values["server_version_num"]) < 150_000,
        Level.PROBLEM,
        "This is older than PostgreSQL 15.",
        "Upgrade: CareNotes is tested from 15 on.",
    ),
    Rule(("fsync",), _is("fsync", "off"), Level.PROBLEM, f"fsync is off. {_DURABLE}", "SET fsync = on, and reload."),
    Rule(
        ("full_page_writes",),
        _is("full_page_writes", "off"),
        Level.PROBLEM,
        "full_page_writes is off: a crash may leave torn pages.",
        "SET full_page_writes = on, and reload.",
    ),
    Rule(
        ("synchronous_commit",),
        _is("synchronous_commit", "off"),
        Level.PROBLEM,
        f"synchronous_commit is off. {_DURABLE}",
        "Set it to on, for the server, the database and the role.",
    ),
    Rule(
        ("autovacuum", "track_counts"),
        lambda values: "off" in (values["autovacuum"], values["track_counts"]),
        Level.PROBLEM,
        "autovacuum does not run: dead rows pile up until claims and queries crawl.",
        "Set autovacuum and track_counts to on, and reload.",
    ),
    Rule(
        ("log_statement", "log_min_duration_statement", "log_parameter_max_length"),
        _logs_values,
        Level.PROBLEM,
        "PostgreSQL logs statements with their values: texts of notes and names of patients get into its log.",
        "Set log_parameter_max_length = 0, and log_statement to none or ddl.",
    ),
    Rule(
        ("log_parameter_max_length_on_error",),
        lambda values: values["log_parameter_max_length_on_error"] != "0",
        Level.PROBLEM,
        "PostgreSQL logs the values of statements that fail: texts of notes get into its log.",
        "Set log_parameter_max_length_on_error = 0.",
    ),
    Rule(
        ("random_page_cost",),
        lambda values: float(values["random_page_cost"]) >= 4,
        Level.NOTE,
        "random_page_cost is that of spinning disks: small tables are read whole.",
        "On solid-state disks set it to 1.1.",
    ),
    Rule(
        ("shared_buffers",),
        lambda values: int(values["shared_buffers"]) <= 16_384,
        Level.NOTE,
        "shared_buffers is the default of 128 MB or less.",
        "A quarter of the machine's memory is usual for a server that does nothing else.",
    ),
)


def judged(values: Values) -> Iterator[Finding]:
    """What the rules say. A parameter that this version does not have is not judged."""
    for rule in RULES:
        if all(name in values for name in rule.reads) and rule.hurts(values):
            yield Finding(rule.level, rule.what, rule.advice)


@PARAMETERS.check
async def server(on: Subject) -> AsyncIterator[Finding]:
    """PostgreSQL keeps what it was given, tidies up, and logs no patient's data."""
    names = sorted({name for rule in RULES for name in rule.reads})
    rows = await on.app.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", names)
    for finding in judged({row["name"]: row["setting"] for row in rows}):
        yield finding


@PARAMETERS.check
async def letters(on: Subject) -> AsyncIterator[Finding]:
    """The database's locale knows letters beyond ASCII, as searching needs."""
    same = await on.app.fetchval("SELECT lower('ÄÉŁ') = 'äéł'")
    if not same:
        yield Finding(
            Level.PROBLEM,
            "The database's locale knows no letters beyond ASCII: searching for Łucja does not find ŁUCJA.",
            "Make the database anew with LOCALE 'C.UTF-8' or another of UTF-8, and load the data into it.",
        )
