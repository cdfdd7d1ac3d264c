"""Lets three reminders of a tenant, told by its slug, be dead: as they are once providers have refused them for hours."""

import asyncio
import sys

import asyncpg

from cli.environment import environment

DEAD = """
    UPDATE reminders SET status = 'DEAD', status_reason = 'ATTEMPTS_EXHAUSTED', settled_at = now()
    WHERE (tenant_id, id) IN (
        SELECT r.tenant_id, r.id FROM reminders r JOIN tenants t ON t.id = r.tenant_id
        WHERE t.slug = $1 AND r.status = 'SCHEDULED' AND r.due_at > now() + interval '1 hour' ORDER BY r.due_at LIMIT 3
    )
"""


async def bury(owner_url: str, slug: str) -> None:
    connection = await asyncpg.connect(owner_url)
    buried = await connection.execute(DEAD, slug)
    assert buried == "UPDATE 3", buried
    await connection.close()


if __name__ == "__main__":
    with environment() as settings:
        assert settings.migration_database_url
        asyncio.run(bury(settings.migration_database_url, sys.argv[1]))
