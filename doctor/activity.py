"""What goes on in the database now: sessions, locks, and what vacuum has not tidied up."""

from collections.abc import AsyncIterator

from config import Settings
from doctor.checks import Finding, Group, note, problem, warning
from doctor.subject import Subject
from live import history
from live.relay import Pace

ACTIVITY = Group("activity")

_DEAD_ROWS = """
SELECT relname AS name, n_dead_tup AS dead, n_live_tup AS live FROM pg_stat_user_tables
WHERE schemaname = 'public' AND n_dead_tup >= $1 AND n_dead_tup > n_live_tup / 5 ORDER BY n_dead_tup DESC
"""
_BLOATED = """
SELECT c.relname AS name, pg_size_pretty(pg_relation_size(c.oid)) AS size, s.n_live_tup AS live
FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relname = 'reminder_queue' AND pg_relation_size(c.oid) >= $1 AND pg_relation_size(c.oid) > 2000 * (s.n_live_tup + 1)
"""
_NEVER_ANALYZED = """
SELECT c.relname AS name, pg_size_pretty(pg_relation_size(c.oid)) AS size
FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE s.schemaname = 'public' AND pg_relation_size(c.oid) >= $1
  AND s.last_analyze IS NULL AND s.last_autoanalyze IS NULL
ORDER BY pg_relation_size(c.oid) DESC
"""
_SLOTS = "SELECT slot_name AS name FROM pg_replication_slots WHERE NOT active"
_AGE = "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()"
_ROOM = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
     - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS taken
"""


@ACTIVITY.check
async def transactions(on: Subject) -> AsyncIterator[Finding]:
    """No transaction is open for long: none keeps vacuum from tidying up."""
    for session in await on.sessions():
        if session.open is not None and session.open >= on.limits.transaction:
            yield warning(
                f"Session {session.pid} ({session.role}, {session.application or 'no name'}, {session.state}) "
                f"has had a transaction open for {session.open:,.0f} s.",
                f"SELECT pg_terminate_backend({session.pid}); and set transaction_timeout (PostgreSQL 17) for such roles.",
            )
    for slot in await on.app.fetch(_SLOTS):
        yield warning(
            f"Nobody reads the replication slot {slot.name}: the server keeps its log, and maybe dead rows, for it.",
            f"Bring its reader back, or SELECT pg_drop_replication_slot('{slot.name}');",
        )


@ACTIVITY.check
async def locks(on: Subject) -> AsyncIterator[Finding]:
    """Nobody waits long for somebody else's lock."""
    for session in await on.sessions():
        if session.waits_for == "Lock" and session.since >= on.limits.lock:
            holders = ", ".join(str(pid) for pid in session.blocked_by)
            yield warning(
                f"Session {session.pid} ({session.role}) has waited {session.since:,.0f} s for a lock of {holders}.",
                "Look at what holds it in pg_stat_activity; a migration or an open psql is the usual one.",
            )


@ACTIVITY.check
async def connections_allowed(on: Subject) -> AsyncIterator[Finding]:
    """PostgreSQL allows the connections that this configuration may open."""
    room = await on.app.fetchrow(_ROOM)
    assert room is not None
    needed = _most_connections(on.settings)
    advice = "Raise max_connections, lower DATABASE_POOL_SIZE or WORKERS, or put PgBouncer between (transaction mode)."
    if needed > room.allowed:
        yield problem(
            f"The servers of this configuration may open {needed} connections, and PostgreSQL allows {room.allowed}.",
            advice,
        )
    if room.taken > 0.8 * room.allowed:
        yield warning(f"{room.taken} of {room.allowed} connections are taken.", advice)


def _most_connections(settings: Settings) -> int:
    """Those for requests, for reminders (`delivery.running`), and for events and who follows them (`live.running`)."""
    dispatching = 2 * settings.dispatch_loops if settings.dispatching else 0
    relaying = Pace().tenants + 1 if settings.relaying else 0
    return settings.workers * (settings.database_pool_size + dispatching + relaying + history.AT_ONCE)


@ACTIVITY.check
async def pools(on: Subject) -> AsyncIterator[Finding]:
    """The servers' pools have room."""
    settings = on.settings
    busy = sum(each.application == "carenotes" and each.state != "idle" for each in await on.sessions())
    most = settings.workers * settings.database_pool_size
    if busy >= most:
        yield warning(
            f"{busy} connections are at work, and the pools of this configuration have {most}: requests wait for one.",
            "Find the slow statements first (SLOW_OPERATION, pg_stat_statements); then raise DATABASE_POOL_SIZE.",
        )


@ACTIVITY.check
async def vacuum(on: Subject) -> AsyncIterator[Finding]:
    """Rows that are gone are tidied up, those of the queue of reminders above all."""
    for table in await on.app.fetch(_DEAD_ROWS, on.limits.dead_rows):
        yield warning(
            f"{table.name} has {table.dead:,} dead rows beside {table.live:,} live ones.",
            f"VACUUM {table.name}; and see the check `transactions` for what kept autovacuum from it.",
        )
    for table in await on.app.fetch(_BLOATED, on.limits.big):
        yield warning(
            f"{table.name} takes {table.size} for {table.live:,} rows: claims walk over empty pages.",
            f"Pause the dispatchers for a moment and VACUUM FULL {table.name};",
        )
    age = await on.app.fetchval(_AGE)
    if age > on.limits.transactions_left:
        yield problem(
            f"The oldest row is {age:,} transactions old; at 2 billion PostgreSQL stops writing.",
            "VACUUM (FREEZE) the database, and see why autovacuum does not.",
        )


@ACTIVITY.check
async def analyzed(on: Subject) -> AsyncIterator[Finding]:
    """PostgreSQL knows how many rows the tables have."""
    for table in await on.app.fetch(_NEVER_ANALYZED, on.limits.big):
        yield note(f"{table.name} ({table.size}) was never analyzed: plans are guesses.", f"ANALYZE {table.name};")
