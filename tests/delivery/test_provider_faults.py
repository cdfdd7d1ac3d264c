"""Providers that hang, refuse, are too busy, or take a message and drop the connection: each reminder arrives all the same."""

import asyncio
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from db.scope import Database
from db.vocabulary import Channel
from delivery.channels.push import Push
from delivery.gates.gate import Gate
from delivery.messenger import Messenger
from delivery.outcomes import Outcome, accepted, failed, unknown
from tests.delivery.channels.fcm_server import Fcm, account
from tests.delivery.channels.web_server import Answer, Request, WebServer, serving_web
from tests.delivery.dispatching import QUICK, Provider, dispatching, nothing_due, queued, states
from tests.factories import House
from tests.reminding import due

FAULTS = [
    Answer(1),  # hangs
    Answer(0),  # accepts and drops the connection
    Answer(500),
    Answer(429, headers={"Retry-After": "0"}),
]


class BadDays(Fcm):
    """Each message meets each of the faults, one after the other, before it is taken."""

    def _take(self, request: Request) -> Answer:
        answer = super()._take(request)
        met = sum(message["data"] == self.messages[-1]["data"] for message in self.messages)
        return FAULTS[met - 1] if met <= len(FAULTS) else answer


async def hurried(house: House) -> None:
    """What waits for another attempt waits no longer."""
    await house.pool.execute(
        """UPDATE reminder_queue SET next_attempt_at = now() WHERE reminder_id IN (
               SELECT reminder_id FROM reminder_queue WHERE tenant_id = $1 AND next_attempt_at > now()
               ORDER BY reminder_id FOR UPDATE SKIP LOCKED)""",
        house.tenant,
    )


async def settled(house: House) -> None:
    async with asyncio.timeout(120):
        while await queued(house):
            await hurried(house)
            await asyncio.sleep(0.02)


async def test_each_fault_costs_an_attempt_and_no_reminder(queue: Database, house: House) -> None:
    await meet_each_fault(queue, house, reminders=6)


async def meet_each_fault(queue: Database, house: House, reminders: int) -> None:
    made = await due(house, reminders, channels=["PUSH"])
    await house.pool.execute(
        "INSERT INTO template_texts SELECT tenant_id, template_id, 1, 'PUSH', 'en', 'Hello', 'See you.' FROM template_texts "
        "WHERE tenant_id = $1 LIMIT 1",
        house.tenant,
    )
    fcm = BadDays()
    async with serving_web(WebServer(fcm)) as port:
        push = Push(account(port), f"http://127.0.0.1:{port}", timeout=0.3)
        gate = Gate(open_for=0.05)
        async with dispatching(queue, {Channel.PUSH: Messenger(queue, Channel.PUSH, push)}, gate=gate):
            await settled(house)
        await push.close()
    assert await states(house) == dict.fromkeys(made, ("SENT", None, "PUSH", len(FAULTS) + 1))
    tags = Counter(message["android"]["notification"]["tag"] for message in fcm.messages)
    assert tags == dict.fromkeys(map(str, made), len(FAULTS) + 1), "under the same key each time"
    rows = await house.pool.fetch(
        "SELECT outcome, count(*) FROM delivery_attempts WHERE tenant_id = $1 GROUP BY 1", house.tenant
    )
    assert dict(map(tuple, rows)) == {
        "UNKNOWN": 2 * reminders,
        "FAILED": 2 * reminders,
        "ACCEPTED": reminders,
    }


async def test_a_provider_that_fails_one_call_in_five(queue: Database, house: House) -> None:
    assert await survive_chance(queue, house, reminders=1_000) == 0


async def survive_chance(queue: Database, house: House, reminders: int) -> int:
    """Mail and push fail one call in five, one as likely as the other way. How many of the reminders are DEAD in the end."""
    chance = Random(house.tenant.int)

    def answer(_: Any) -> Outcome:
        fate = chance.random()
        return failed("503") if fate < 0.1 else unknown("TIMEOUT") if fate < 0.2 else accepted()

    mail, push = Provider(answer), Provider(answer)
    made = await due(house, reminders, channels=["EMAIL", "PUSH"])
    async with dispatching(queue, {Channel.EMAIL: mail, Channel.PUSH: push}, replace(QUICK, batch=200)):
        await settled(house)
    found = Counter(state[:2] for state in (await states(house)).values())
    assert set(found) <= {("SENT", None), ("DEAD", "ATTEMPTS_EXHAUSTED")}
    assert found.total() == len(made), "nothing is lost"
    await nothing_due(house)
    return found["DEAD", "ATTEMPTS_EXHAUSTED"]
