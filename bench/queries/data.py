"""The database that is asked: demo notes, and what the questions are asked with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from pydantic import SecretStr

import ids
from auth import Principal, Role, Tokens
from bench.queries.questions import Question
from config import Settings
from db.demo import FIRST_SLUG, Plan, load
from db.embedded import Servers
from db.migrate import migrate

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """Who asks, and the values of the variables."""

    tenant: UUID
    secret: str
    token: str
    before: Sequence[str]
    facility: Sequence[str]

    def variables(self, question: Question) -> list[dict[str, str]]:
        values: Sequence[str] = getattr(self, question.varies)
        return [{question.varies: value} for value in values]


async def fill(servers: Servers, notes: int) -> None:
    """Migrates, and loads demo notes and analyzes them, unless there are some: a folder that is kept is filled once."""
    await migrate(servers.migration_database_url, servers.database_url)
    owner = await asyncpg.connect(servers.migration_database_url)
    filled = await owner.fetchval("SELECT EXISTS (SELECT FROM notes)")
    await owner.close()
    if not filled:
        await load(servers.migration_database_url, Plan(until=UNTIL, notes=notes), lambda *_: None)


async def case(owner_url: str, secret: str, variants: int) -> Case:
    """For a clinician of the largest tenant. Variables have up to so many values, the same for all contenders."""
    owner = await asyncpg.connect(owner_url)
    tenant = await owner.fetchval("SELECT id FROM tenants WHERE slug = $1", FIRST_SLUG)
    instants = await owner.fetch(_INSTANTS, tenant, variants)
    facilities = await owner.fetch(
        "SELECT id FROM facilities WHERE tenant_id = $1 ORDER BY id LIMIT $2", tenant, variants
    )
    await owner.close()
    token = Tokens(Settings(jwt_secret=SecretStr(secret))).issue(Principal(tenant, "bench", Role.CLINICIAN), 86_400)
    return Case(
        tenant=tenant,
        secret=secret,
        token=token,
        before=[row["effective_at"].isoformat() for row in instants],
        facility=[ids.encode("Facility", row["id"]) for row in facilities],
    )


# Spread evenly over the newer nine tenths of the notes, so that there is a full page before each.
_INSTANTS = """
    SELECT max(effective_at) AS effective_at
    FROM (SELECT effective_at, ntile(10 * $2::int) OVER (ORDER BY effective_at DESC) AS part FROM notes WHERE tenant_id = $1) n
    WHERE part % 9 = 1
    GROUP BY part ORDER BY part LIMIT $2
"""
