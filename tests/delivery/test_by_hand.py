"""What people do to reminders over the API while real dispatchers send them: each is either theirs or the dispatcher's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import httpx
import pytest

from auth import Role
from config import Settings
from db.scope import Database
from db.vocabulary import Channel
from delivery.channels.console import Console
from delivery.messenger import Messenger
from delivery.outcomes import failed, rejected
from tests.api import Api
from tests.conftest import TestDatabase
from tests.delivery.dispatching import Provider, attempts, dispatched, dispatching, queued, states
from tests.factories import House
from tests.reminding import consent, due, of_appointment, rule
from tests.resolvers.reminding_by_api import TEXT, do, fail, template
from tests.serving import serving

SENDING, SETTLED = ("CONFLICT", "REMINDER_SENDING"), ("CONFLICT", "REMINDER_STATUS")
LATER = (datetime.now(UTC) + timedelta(hours=5)).isoformat()


@pytest.fixture(scope="module")
async def here(queue_database: TestDatabase, settings: Settings) -> AsyncIterator[Api]:
    """The API on the dispatchers' database."""
    there = settings.model_copy(update={"database_url": queue_database.app_url})
    async with serving(there) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        yield Api(http, there)


@pytest.fixture
def desk(here: Api, house: House) -> Api:
    return here.as_(Role.COORDINATOR, house.tenant)


class Held(Provider):
    """Begins to send, and does not end before it is let."""

    def __init__(self) -> None:
        self.began, self.let = asyncio.Event(), asyncio.Event()
        super().__init__(meanwhile=self._wait)

    async def _wait(self) -> None:
        self.began.set()
        await self.let.wait()


async def nothing_queued(house: House) -> None:
    async with asyncio.timeout(20):
        while await queued(house):
            await asyncio.sleep(0.01)


def gid(house: House, reminder: UUID) -> str:
    return house.gid("Reminder", reminder)


async def test_what_was_cancelled_is_not_sent(queue: Database, desk: Api, house: House) -> None:
    [kept, given_up], mail = await due(house, 2), Provider()
    done = await do(desk, "cancelReminder", id=gid(house, given_up), expectedVersion=1)
    assert (done["status"], done["statusReason"], done["nextAttemptAt"]) == ("CANCELLED", "CANCELLED_BY_STAFF", None)
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert (mail.taken[kept], mail.taken[given_up]) == (1, 0)
    for reminder in (kept, given_up):
        assert await fail(desk, "cancelReminder", id=gid(house, reminder)) == SETTLED
        assert await fail(desk, "snoozeReminder", id=gid(house, reminder), until=LATER) == SETTLED


async def test_what_is_being_sent_is_the_dispatchers(queue: Database, desk: Api, house: House) -> None:
    [made], mail = await due(house), Held()
    async with dispatching(queue, {Channel.EMAIL: mail}):
        await asyncio.wait_for(mail.began.wait(), 10)
        assert (await desk.ask("{ reminders { edges { node { status } } } }"))["reminders"]["edges"] == [
            {"node": {"status": "SENDING"}}
        ]
        assert await fail(desk, "cancelReminder", id=gid(house, made)) == SENDING
        assert await fail(desk, "snoozeReminder", id=gid(house, made), until=LATER) == SENDING
        mail.let.set()
        await nothing_queued(house)
    assert await states(house) == {made: ("SENT", None, "EMAIL", 1)}


async def test_of_a_hundred_each_is_sent_or_cancelled_and_never_both(queue: Database, desk: Api, house: House) -> None:
    made, mail = await due(house, 100), Provider(meanwhile=lambda: asyncio.sleep(0))
    cancel = "mutation($it: CancelReminderInput!) { cancelReminder(input: $it) { reminder { status } } }"
    async with dispatching(queue, {Channel.EMAIL: mail}):
        answers = await asyncio.gather(*(desk.answer(cancel, it={"id": gid(house, each)}) for each in made))
        await nothing_queued(house)
    after = await states(house)
    for reminder, answer in zip(made, answers, strict=True):
        done = answer["data"]["cancelReminder"] is not None
        expected = ("CANCELLED", "CANCELLED_BY_STAFF", None, 0) if done else ("SENT", None, "EMAIL", 1)
        assert (after[reminder], mail.taken[reminder]) == (expected, 0 if done else 1)
        assert done or answer["errors"][0]["extensions"]["code"] == "CONFLICT"


async def test_snoozed_it_waits(queue: Database, desk: Api, house: House) -> None:
    [made], mail = await due(house), Provider()
    done = await do(desk, "snoozeReminder", id=gid(house, made), until=LATER)
    assert (done["status"], done["dueAt"], done["nextAttemptAt"], done["version"]) == ("SCHEDULED", LATER, LATER, 2)
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert (mail.taken[made], await queued(house)) == (0, 1)
    await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE reminder_id = $1", made)
    await dispatched(queue, house, {Channel.EMAIL: mail})
    assert mail.taken[made] == 1


async def test_the_dead_are_counted_and_then_sent_anew(queue: Database, desk: Api, house: House) -> None:
    """With all attempts before them, and numbers that go on."""
    made = await due(house, 3)
    refusing = {Channel.EMAIL: Provider(lambda _: rejected("NO_SUCH_USER"))}
    await dispatched(queue, house, refusing)
    assert {state[0] for state in (await states(house)).values()} == {"DEAD"}
    asked = {"reminderIds": [gid(house, each) for each in made[:2]], "reasons": ["REJECTED"]}
    assert await do(desk, "replayReminders", **asked) == {"count": 2, "replayed": False}
    assert await do(desk, "replayReminders") == {"count": 3, "replayed": False}
    assert await queued(house) == 0
    assert await fail(desk, "replayReminders", **asked, expectedCount=3) == ("CONFLICT", "COUNT_CHANGED")
    again = {"expectedCount": 2, "idempotencyKey": "again"}
    assert await do(desk, "replayReminders", **asked, **again) == {"count": 2, "replayed": True}
    assert await do(desk, "replayReminders", **asked, **again) == {"count": 2, "replayed": True}, (
        "repeated, not done twice"
    )
    assert await queued(house) == 2
    await house.pool.execute(
        "UPDATE reminder_queue SET attempt_count = 5, earlier_attempts = 5 WHERE reminder_id = $1", made[0]
    )
    await dispatched(queue, house, {Channel.EMAIL: Provider(lambda _: failed("BUSY"))})
    assert await queued(house) == 2, "one failure is not the end"
    await house.pool.execute("UPDATE reminder_queue SET next_attempt_at = now() WHERE tenant_id = $1", house.tenant)
    await dispatched(queue, house, {Channel.EMAIL: Provider()})
    after = await states(house)
    assert [after[each] for each in made] == [
        ("SENT", None, "EMAIL", 7),
        ("SENT", None, "EMAIL", 3),
        ("DEAD", "REJECTED", "EMAIL", 1),
    ]
    assert [each[:1] + each[3:4] for each in await attempts(house, made[1])] == [
        (1, "REJECTED"),
        (2, "FAILED"),
        (3, "ACCEPTED"),
    ]


async def test_what_nobody_wants_any_more_stays_dead(queue: Database, desk: Api, house: House) -> None:
    """Too late by now; of an appointment that was moved, or is off; of a rule that is off."""
    now = datetime.now(UTC)
    of = [await rule(house) for _ in range(4)]
    about = [await house.appointment(starts_at=now + timedelta(days=n + 1)) for n in range(4)]
    made = [await of_appointment(house, appointment, each) for appointment, each in zip(about, of, strict=True)]
    await house.pool.execute(
        """WITH gone AS (DELETE FROM reminder_queue WHERE tenant_id = $1 RETURNING reminder_id)
           UPDATE reminders SET status = 'DEAD', status_reason = 'REJECTED', settled_at = now() FROM gone
           WHERE tenant_id = $1 AND id = reminder_id""",
        house.tenant,
    )
    assert await do(desk, "replayReminders") == {"count": 4, "replayed": False}
    await house.pool.execute("UPDATE reminders SET not_after = now() WHERE id = $1", made[0])
    await house.pool.execute("UPDATE appointments SET generation = 2 WHERE id = $1", about[1])
    await house.pool.execute("UPDATE appointments SET status = 'ARRIVED' WHERE id = $1", about[2])
    await house.pool.execute("UPDATE reminder_rules SET active = false WHERE id = $1", of[3])
    assert await do(desk, "replayReminders") == {"count": 0, "replayed": False}


async def schedule(who: Api, house: House, **more: Any) -> dict[str, Any]:
    given = {"patientId": house.gid("Patient", house.patients[0]), "channels": ["EMAIL"], **more}
    return await do(who, "scheduleReminder", **given)


async def delivered(queue: Database, house: House) -> list[tuple[str, str, str]]:
    """Address, subject and text of what goes out by now."""
    shown = StringIO()
    await dispatched(queue, house, {Channel.EMAIL: Messenger(queue, Channel.EMAIL, Console(shown))})
    messages = [each.split("\n", 1) for each in shown.getvalue().split("\n\n") if each]
    return [(*head.split(" | ")[1:], text) for head, text in messages]  # type: ignore[misc]


async def test_a_text_of_its_own_goes_out_at_once(queue: Database, desk: Api, house: House) -> None:
    await consent(house, house.patients[0])
    once = {"text": "Please call us back.", "idempotencyKey": "k", "priority": "HIGH"}
    made = await schedule(desk, house, **once)
    assert (made["status"], made["text"], made["template"], made["rule"]) == ("SCHEDULED", once["text"], None, None)
    assert (await schedule(desk, house, **once))["id"] == made["id"], "one effect"
    assert await delivered(queue, house) == [("somebody@house.example", "A house", "Please call us back.")]


async def test_a_template_goes_out_about_an_appointment(queue: Database, here: Api, desk: Api, house: House) -> None:
    await consent(house, house.patients[0])
    words = TEXT | {"text": "{{ practitioner_name }}, {{ starts_at | date('short') }}"}
    said = await template(here.as_(Role.ADMIN, house.tenant), words)
    start = datetime(2031, 5, 6, 9, tzinfo=UTC)
    appointment = house.gid("Appointment", await house.appointment(starts_at=start))
    made = await schedule(desk, house, templateId=said, appointmentId=appointment)
    assert (made["appointment"]["id"], made["notAfter"]) == (appointment, start.isoformat())
    await schedule(desk, house, templateId=said, appointmentId=appointment, sendAt=LATER)
    assert [text for *_, text in await delivered(queue, house)] == ["Ada Nurse, 5/6/31"]
    # The other one goes with its appointment.
    cancel = "mutation($it: CancelAppointmentInput!) { cancelAppointment(input: $it) { appointment { id } } }"
    await desk.ask(cancel, it={"id": appointment, "reason": "Ill."})
    assert sorted(state[:2] for state in (await states(house)).values()) == [
        ("CANCELLED", "APPOINTMENT_CANCELLED"),
        ("SENT", None),
    ]


async def test_without_consent_a_one_off_is_not_sent_either(queue: Database, desk: Api, house: House) -> None:
    await schedule(desk, house, text="Please call us back.")
    await dispatched(queue, house, {Channel.EMAIL: Provider()})
    assert [state[:2] for state in (await states(house)).values()] == [("SKIPPED", "NO_CONSENT")]


async def test_a_patient_reads_the_tenants_language_where_there_is_none_of_their_own(
    queue: Database, here: Api, house: House
) -> None:
    admin = here.as_(Role.ADMIN, house.tenant)
    texts = [TEXT | {"locale": locale, "text": locale} for locale in ("en", "fr", "de")]
    said = await template(admin, *texts, context="PATIENT")
    update = "mutation($it: UpdateTenantInput!) { updateTenant(input: $it) { tenant { locale } } }"
    tenant = {"id": house.gid("Tenant", house.tenant), "locale": "de-CH"}
    assert (await admin.ask(update, it=tenant))["updateTenant"]["tenant"]["locale"] == "de-CH"
    new = {"facilityId": house.gid("Facility", house.facilities[0]), "name": "New", "birthDate": "1950-01-01"}
    create = "mutation($it: CreatePatientInput!) { createPatient(input: $it) { patient { id locale } } }"
    for mrn, locale, expected in (("A", None, "de"), ("B", "fr-CA", "fr"), ("C", "it", "de")):
        made = await admin.ask(create, it=new | {"mrn": mrn, "email": "a@house.example", "locale": locale})
        patient = made["createPatient"]["patient"]
        assert patient["locale"] == (locale or "de-CH")
        allowed = {"patientId": patient["id"], "channel": "EMAIL", "consent": True}
        await do(admin, "setContactPreference", **allowed)
        await schedule(admin, house, templateId=said, patientId=patient["id"])
        assert [text for *_, text in await delivered(queue, house)] == [expected]
