"""What is measured of reminders on their way out."""

import pytest
from prometheus_client import REGISTRY

from db.scope import Database
from db.vocabulary import Channel
from delivery.metrics import read_backlog
from delivery.outcomes import accepted, failed, rejected
from tests.delivery.dispatching import Provider, dispatched
from tests.factories import House
from tests.reminding import due

STAGES = {
    "claimed": ("carenotes_reminders_claimed_total", {"channel": "PUSH"}),
    "accepted": (
        "carenotes_delivery_attempts_total",
        {"channel": "PUSH", "provider": "test", "outcome": "ACCEPTED"},
    ),
    "failed": ("carenotes_delivery_attempts_total", {"channel": "PUSH", "provider": "test", "outcome": "FAILED"}),
    "sent": ("carenotes_reminders_settled_total", {"channel": "PUSH", "status": "SENT"}),
    "dead": ("carenotes_reminders_settled_total", {"channel": "PUSH", "status": "DEAD"}),
    "timed": ("carenotes_delivery_attempt_seconds_count", {"channel": "PUSH"}),
}


def measured() -> dict[str, float]:
    return {stage: REGISTRY.get_sample_value(name, labels) or 0 for stage, (name, labels) in STAGES.items()}


async def test_each_stage_is_counted(queue: Database, house: House) -> None:
    before = measured()
    made = await due(house, 10, channels=["PUSH"])
    answers = {made[0]: failed("503"), made[1]: rejected("UNREGISTERED"), made[2]: rejected("UNREGISTERED")}
    await dispatched(queue, house, {Channel.PUSH: Provider(lambda claimed: answers.get(claimed[0], accepted()))})
    after = measured()
    assert {stage: after[stage] - before[stage] for stage in STAGES} == {
        **{"claimed": 10, "accepted": 7, "failed": 1},
        **{"sent": 7, "dead": 2, "timed": 10},
    }
    await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", house.tenant)


async def test_what_is_due_is_asked_of_the_database(queue: Database, house: House) -> None:
    other = await House.build(house.pool)
    for each in (house, other):
        await due(each, 3, channels=["WEBHOOK"], priority="HIGH")
    [later] = await due(house, channels=["WEBHOOK"], priority="LOW")
    await house.pool.execute(
        "UPDATE reminder_queue SET next_attempt_at = now() + interval '1 hour' WHERE reminder_id = $1", later
    )
    await read_backlog(queue)
    labels = {"channel": "WEBHOOK", "priority": "HIGH"}
    assert REGISTRY.get_sample_value("carenotes_reminders_due", labels) == 6
    assert REGISTRY.get_sample_value("carenotes_reminders_oldest_due_seconds", labels) == pytest.approx(60, abs=20)
    labels = {"channel": "WEBHOOK", "priority": "LOW"}
    assert REGISTRY.get_sample_value("carenotes_reminders_due", labels) == 0
    assert REGISTRY.get_sample_value("carenotes_reminders_oldest_due_seconds", labels) == 0
    for each in (house, other):
        await house.pool.execute("DELETE FROM reminder_queue WHERE tenant_id = $1", each.tenant)


async def test_no_tenant_learns_what_is_due_elsewhere(queue: Database, house: House) -> None:
    assert await house.pool.fetchval("SELECT count(*) FROM reminder_backlog()") == 0
