"""Applies rules that are new or have changed to what is booked, where the mutation left the rest for later."""

import asyncio
from contextlib import suppress

import structlog

from db.reminders import ruling
from db.reminders.ruling import PendingRule
from db.scope import Database

log = structlog.get_logger()

POLL = 1.0
"""Seconds between two looks for rules, where there were none."""


async def apply_rules(database: Database, stopping: asyncio.Event) -> None:
    """Until it is time to stop. A batch is a transaction: whoever dies leaves it to the next, and two do not do it twice."""
    while not stopping.is_set():
        went_well = False
        try:
            for rule in await _pending(database):
                went_well |= await _go_on(database, rule)
        except Exception as error:  # noqa: BLE001
            log.warning("could not look for rules", error=type(error).__name__)
        if not went_well:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), POLL)


async def _go_on(database: Database, rule: PendingRule) -> bool:
    """A batch of it. One that nobody can apply must not stand in the way of others: False, and it is tried again."""
    try:
        async with database.write(rule.tenant_id) as scope:
            await ruling.change_rules(scope)
            await ruling.go_on(scope, rule.rule_id)
    except Exception as error:  # noqa: BLE001
        log.warning("could not apply a rule", error=type(error).__name__)
        return False
    return True


async def _pending(database: Database) -> list[PendingRule]:
    scope = database.across_tenants()
    try:
        return await ruling.pending_rules(scope)
    finally:
        await scope.close()
