"""Reminders: whether what is due goes out. As the owner, who sees all tenants."""

from collections.abc import AsyncIterator

from doctor.checks import Finding, Group, note, problem, warning
from doctor.subject import Subject

QUEUE = Group("reminders")

_OVERDUE = """
SELECT q.channel, count(*) AS reminders, extract(epoch FROM now() - min(q.next_attempt_at))::float8 AS late
FROM reminder_queue q JOIN tenants t ON t.id = q.tenant_id AND t.status = 'ACTIVE'
WHERE q.next_attempt_at < now() - make_interval(secs => $1) AND (q.leased_until IS NULL OR q.leased_until < now())
  AND NOT EXISTS (SELECT FROM delivery_pauses p WHERE p.tenant_id = q.tenant_id AND p.channel = q.channel)
GROUP BY 1 ORDER BY 1
"""
_PAUSED = """
SELECT t.slug, string_agg(p.channel, ', ' ORDER BY p.channel) AS channels, min(p.paused_at) AS since
FROM delivery_pauses p JOIN tenants t ON t.id = p.tenant_id GROUP BY 1 ORDER BY 1
"""
_DEAD = """
SELECT r.status_reason AS reason, count(*) AS reminders, max(r.settled_at) AS latest
FROM reminders r JOIN tenants t ON t.id = r.tenant_id AND t.status = 'ACTIVE'
WHERE r.status = 'DEAD' AND r.settled_at > now() - make_interval(secs => $1) GROUP BY 1 ORDER BY 2 DESC
"""
_UNSEEN = note("Not looked at: this takes MIGRATION_DATABASE_URL, for the owner sees all tenants.")


@QUEUE.check
async def overdue(on: Subject) -> AsyncIterator[Finding]:
    """What is due is being sent."""
    if on.owner is None:
        yield _UNSEEN
        return
    for lane in await on.owner.fetch(_OVERDUE, on.limits.overdue):
        what = (
            f"{lane.reminders:,} reminders by {lane.channel} are due and not sent, the oldest for {lane.late:,.0f} s."
        )
        advice = (
            f"See that `carenotes dispatch` runs, or a server with DISPATCHING, with a provider for {lane.channel}."
        )
        yield problem(what, advice) if lane.late >= 15 * on.limits.overdue else warning(what, advice)


@QUEUE.check
async def dead(on: Subject) -> AsyncIterator[Finding]:
    """No reminder was given up lately."""
    if on.owner is None:
        yield _UNSEEN
        return
    for given_up in await on.owner.fetch(_DEAD, on.limits.lately):
        yield warning(
            f"{given_up.reminders:,} reminders died as {given_up.reason} within {on.limits.lately / 86_400:g} days, the latest "
            f"at {given_up.latest:%Y-%m-%d %H:%M}.",
            "Their attempts have the providers' codes; once the cause is mended, `replayReminders` sends them anew.",
        )


@QUEUE.check
async def paused(on: Subject) -> AsyncIterator[Finding]:
    """No tenant's reminders are held back."""
    if on.owner is None:
        yield _UNSEEN
        return
    for tenant in await on.owner.fetch(_PAUSED):
        yield note(
            f"{tenant.slug} is paused since {tenant.since:%Y-%m-%d %H:%M}: {tenant.channels}.",
            f"If that was forgotten: carenotes resume --tenant {tenant.slug}",
        )
