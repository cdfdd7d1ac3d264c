"""What a batch costs the database: rows stay on their pages, and only what is due is walked over."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from config import Settings
from db.reminders import claiming, settling
from db.reminders.claiming import claim
from db.reminders.settling import Attempt, Finished, Settlement, settle
from db.scope import Database
from db.statements import Prepared
from tests.conftest import DatabaseMaker, TestDatabase
from tests.factories import House
from tests.reminding import due

NOW = datetime.now(UTC)
LARGE = {"reminders", "reminder_queue", "delivery_attempts"}


@pytest.fixture(scope="module")
async def filled(make_database: DatabaseMaker) -> AsyncIterator[tuple[TestDatabase, House]]:
    """600 that are due, and 20,000 that are not for a year."""
    made = await make_database()
    async with asyncpg.create_pool(made.owner_url, min_size=1, max_size=2) as owner:
        house = await House.build(owner)
        await due(house, 20_000)
        await owner.execute("UPDATE reminder_queue SET next_attempt_at = now() + interval '1 year'")
        await due(house, 600)
        await owner.execute("VACUUM FULL reminder_queue, reminders")
        await owner.execute("ANALYZE")
        yield made, house


async def test_a_batch_is_updated_in_place(filled: tuple[TestDatabase, House], settings: Settings) -> None:
    """Neither the claim nor the settlement makes an index entry (HOT), while there is room on the page."""
    made, house = filled
    database, token = Database(settings.model_copy(update={"database_url": made.app_url})), uuid7()
    async with database.write(house.tenant) as scope:
        batch = await claim(scope, "EMAIL", 500, token, timedelta(seconds=10))
    async with database.write(house.tenant) as scope:
        sent = [Finished(each[0], True, "SENT", None) for each in batch]
        tried = [Attempt(each[0], each[1], NOW, NOW, "ACCEPTED", None, None) for each in batch]
        await settle(scope, token, Settlement("EMAIL", "test", tried, sent, [], []))
    await database.close()
    async with asyncpg.create_pool(made.admin_url, min_size=1, max_size=1) as admin:
        hot = "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1"
        in_place = [await admin.fetchval(hot, table) for table in ("reminder_queue", "reminders")]
    # The worst case: neighbours on a page that are all settled at once.
    assert in_place[0] == len(batch) == 450
    assert in_place[1] >= 300


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(below for each in plan.get("Plans", ()) for below in nodes(each))]


TOKEN = uuid7()
ARRAYS: dict[str, Any] = {
    "reminder_id": [TOKEN],
    "reminders": [TOKEN],
    "attempted": [True],
    "status": ["SENT"],
    "reason": [None],
    "next_attempt_at": [NOW],
}
VALUES: dict[str, Any] = {
    "channel": "EMAIL",
    "size": 500,
    "reserved": 50,
    "token": TOKEN,
    "lease": timedelta(seconds=1),
}


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (claiming._CLAIM, VALUES),
        (claiming._EXTEND, VALUES | ARRAYS),
        (settling._FINISH, VALUES | ARRAYS),
        (settling._POSTPONE, VALUES | ARRAYS | {"channel": ["EMAIL"]}),
        (settling._GIVE_BACK, VALUES | ARRAYS),
    ],
    ids=["claim", "extend", "finish", "postpone", "give_back"],
)
async def test_no_whole_table_is_scanned(
    filled: tuple[TestDatabase, House], statement: Prepared, values: dict[str, Any]
) -> None:
    made, house = filled
    app = await asyncpg.connect(made.app_url)
    async with app.transaction():
        await app.execute("SELECT set_tenant($1)", house.tenant)
        arguments = statement.arguments({"tenant_id": house.tenant, **values})
        [found] = json.loads(await app.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *arguments))
    await app.close()
    scanned = {each["Relation Name"] for each in nodes(found["Plan"]) if each["Node Type"] == "Seq Scan"}
    assert scanned.isdisjoint(LARGE), found


async def test_the_claim_walks_over_nothing_that_is_not_due(filled: tuple[TestDatabase, House]) -> None:
    made, house = filled
    app = await asyncpg.connect(made.app_url)
    async with app.transaction():
        await app.execute("SELECT set_tenant($1)", house.tenant)
        arguments = claiming._CLAIM.arguments({"tenant_id": house.tenant, **VALUES})
        [found] = json.loads(await app.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {claiming._CLAIM.sql}", *arguments))
    await app.close()
    walks = [each for each in nodes(found["Plan"]) if each.get("Index Name") == "reminder_queue_by_lane"]
    assert len(walks) == 3, "one of each priority"
    for walk in walks:
        assert all(column in walk["Index Cond"] for column in ("tenant_id", "channel", "priority", "next_attempt_at"))
        assert walk.get("Rows Removed by Filter", 0) <= 450, "what is held"
