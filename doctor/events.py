"""Events: whether what is committed gets its position, and so reaches who follows. As the owner, who sees all tenants."""

from collections.abc import AsyncIterator

from doctor.checks import Finding, Group, note, problem, warning
from doctor.subject import Subject

EVENTS = Group("events")

_WAITING = """
SELECT count(*) AS events, extract(epoch FROM now() - min(o.at))::float8 AS late
FROM outbox o JOIN tenants t ON t.id = o.tenant_id AND t.status = 'ACTIVE'
"""


@EVENTS.check
async def relayed(on: Subject) -> AsyncIterator[Finding]:
    """Events get their position as soon as they are committed."""
    if on.owner is None:
        yield note("Not looked at: this takes MIGRATION_DATABASE_URL, for the owner sees all tenants.")
        return
    waiting = await on.owner.fetchrow(_WAITING)
    assert waiting is not None
    if waiting.events and waiting.late >= on.limits.waiting:
        what = f"{waiting.events:,} events have no position yet, the oldest for {waiting.late:,.0f} s: nobody relays."
        advice = (
            "See that a server runs with RELAYING, or `carenotes relay`. Nothing is lost: they go out when one does."
        )
        yield problem(what, advice) if waiting.late >= 30 * on.limits.waiting else warning(what, advice)
