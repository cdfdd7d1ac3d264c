"""A bad rule, template, zone, state change, address or time is refused with a code that says what it is, and writes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.reminding import due, of_appointment, rule
from tests.resolvers.reminding_by_api import TEXT, fail
from tests.resolvers.writing import content

NOW = datetime.now(UTC)
PAST, SOON, LATE = [(NOW + timedelta(days=days)).isoformat() for days in (-1, 1, 367)]
BAD, NONE = "BAD_USER_INPUT", "NOT_FOUND"
RULE = {"name": "R", "elapsed": "PT2H", "channels": ["EMAIL"], "templateId": "TEMPLATE"}
ONCE = {"patientId": "PATIENT", "channels": ["EMAIL"], "text": "Please call us back."}
ABOUT = ONCE | {"appointmentId": "APPOINTMENT"}

# mutation, input (capitals are replaced by ids), code, and the place of what was wrong or the reason of the conflict
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("createReminderRule", RULE | {"name": ""}, BAD, "name"),
    ("createReminderRule", RULE | {"elapsed": "P1D"}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"elapsed": "PT0M"}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"elapsed": "PT9000H"}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"elapsed": "P1D@18:00"}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"elapsed": 2}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"elapsed": None}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"daysBefore": 1, "at": "18:00"}, BAD, "elapsed"),
    ("createReminderRule", RULE | {"elapsed": None, "daysBefore": 1}, BAD, "at"),
    ("createReminderRule", RULE | {"elapsed": None, "at": "18:00"}, BAD, "daysBefore"),
    ("createReminderRule", RULE | {"elapsed": None, "daysBefore": -1, "at": "18:00"}, BAD, "daysBefore"),
    ("createReminderRule", RULE | {"elapsed": None, "daysBefore": 367, "at": "18:00"}, BAD, "daysBefore"),
    ("createReminderRule", RULE | {"elapsed": None, "daysBefore": 1, "at": "24:00"}, BAD, "at"),
    ("createReminderRule", RULE | {"elapsed": None, "daysBefore": 1, "at": "6pm"}, BAD, "at"),
    ("createReminderRule", RULE | {"channels": []}, BAD, "channels"),
    ("createReminderRule", RULE | {"channels": ["EMAIL", "EMAIL"]}, BAD, "channels"),
    ("createReminderRule", RULE | {"channels": ["PUSH"]}, BAD, "channels"),
    ("createReminderRule", RULE | {"channels": ["PIGEON"]}, BAD, "channels"),
    ("createReminderRule", RULE | {"templateId": "RULE"}, NONE, "templateId"),
    ("createReminderRule", RULE | {"name": "TAKEN"}, "CONFLICT", "DUPLICATE"),
    ("updateReminderRule", {"id": "RULE", "name": None}, BAD, "name"),
    ("updateReminderRule", {"id": "RULE", "at": "18:00"}, BAD, "daysBefore"),
    ("updateReminderRule", {"id": "RULE", "channels": ["PUSH"]}, BAD, "channels"),
    ("updateReminderRule", {"id": "RULE", "active": False, "expectedVersion": 2}, "CONFLICT", "STALE_VERSION"),
    ("updateReminderRule", {"id": "TEMPLATE", "active": False}, NONE, "id"),
    ("createTemplate", {"name": "T", "texts": []}, BAD, "texts"),
    ("createTemplate", {"name": "T", "texts": [TEXT | {"text": "{{ diagnosis }}"}]}, BAD, "texts"),
    ("publishTemplate", {"id": "TEMPLATE", "texts": [TEXT | {"text": "{% include 'x' %}"}]}, BAD, "texts"),
    ("publishTemplate", {"id": "TEMPLATE", "texts": [TEXT | {"channel": "CONSOLE"}]}, BAD, "texts"),
    ("setContactPreference", {"patientId": "PATIENT", "channel": "EMAIL", "address": "a@b.example"}, BAD, "address"),
    (
        "setContactPreference",
        {"patientId": "PATIENT", "channel": "WEBHOOK", "address": "ftp://a.example"},
        BAD,
        "address",
    ),
    ("setContactPreference", {"patientId": "TEMPLATE", "channel": "PUSH", "consent": True}, NONE, "patientId"),
    ("scheduleReminder", ONCE | {"text": ""}, BAD, "text"),
    ("scheduleReminder", ONCE | {"text": "x" * 201}, BAD, "text"),
    ("scheduleReminder", ONCE | {"text": "two\nlines"}, BAD, "text"),
    ("scheduleReminder", ONCE | {"text": None}, BAD, "templateId"),
    ("scheduleReminder", ONCE | {"templateId": "TEMPLATE"}, BAD, "templateId"),
    ("scheduleReminder", ONCE | {"text": None, "templateId": "TEMPLATE"}, BAD, "templateId"),
    ("scheduleReminder", ABOUT | {"text": None, "templateId": "TEMPLATE", "channels": ["PUSH"]}, BAD, "channels"),
    ("scheduleReminder", ABOUT | {"text": "Your physiotherapy is at nine."}, BAD, "text"),
    ("scheduleReminder", ONCE | {"channels": []}, BAD, "channels"),
    ("scheduleReminder", ONCE | {"sendAt": PAST}, BAD, "sendAt"),
    ("scheduleReminder", ONCE | {"sendAt": LATE}, BAD, "sendAt"),
    ("scheduleReminder", ONCE | {"sendAt": SOON, "notAfter": SOON}, BAD, "notAfter"),
    ("scheduleReminder", ONCE | {"notAfter": PAST}, BAD, "notAfter"),
    ("scheduleReminder", ABOUT | {"sendAt": (NOW + timedelta(days=9)).isoformat()}, BAD, "sendAt"),
    ("scheduleReminder", ABOUT | {"patientId": "OTHER"}, NONE, "appointmentId"),
    ("scheduleReminder", ABOUT | {"appointmentId": "CANCELLED"}, "CONFLICT", "APPOINTMENT_STATUS"),
    ("scheduleReminder", ONCE | {"patientId": "DISCHARGED"}, "CONFLICT", "PATIENT_DISCHARGED"),
    ("cancelReminder", {"id": "SETTLED"}, "CONFLICT", "REMINDER_STATUS"),
    ("cancelReminder", {"id": "WAITING", "expectedVersion": 7}, "CONFLICT", "STALE_VERSION"),
    ("cancelReminder", {"id": "SENDING"}, "CONFLICT", "REMINDER_SENDING"),
    ("snoozeReminder", {"id": "WAITING", "until": PAST}, BAD, "until"),
    ("snoozeReminder", {"id": "WAITING", "until": LATE}, BAD, "until"),
    ("snoozeReminder", {"id": "WAITING", "until": "tomorrow"}, BAD, "until"),
    ("snoozeReminder", {"id": "SENDING", "until": SOON}, "CONFLICT", "REMINDER_SENDING"),
    ("snoozeReminder", {"id": "SETTLED", "until": SOON}, "CONFLICT", "REMINDER_STATUS"),
    ("replayReminders", {"expectedCount": 1}, "CONFLICT", "COUNT_CHANGED"),
    ("replayReminders", {"reminderIds": ["RULE"]}, NONE, "reminderIds"),
    ("replayReminders", {"reasons": ["BAD_LUCK"]}, BAD, "reasons"),
]


async def furnished(house: House) -> dict[str, str]:
    """What the capitals stand for."""
    made, pool = await rule(house), house.pool
    appointment = await house.appointment(starts_at=NOW + timedelta(days=3))
    waiting = await of_appointment(house, appointment, made)
    [sending, settled] = await due(house, 2)
    await pool.execute(
        """UPDATE reminder_queue SET lease_token = gen_random_uuid(), leased_until = now() + interval '1 hour'
           WHERE reminder_id = $1""",
        sending,
    )
    await pool.execute("DELETE FROM reminder_queue WHERE reminder_id = $1", settled)
    await pool.execute("UPDATE reminders SET status = 'SENT', settled_at = now() WHERE id = $1", settled)
    discharged = await house.patient(status="DISCHARGED", discharged_at=NOW)
    of_rule = await pool.fetchrow("SELECT name, template_id FROM reminder_rules WHERE id = $1", made)
    assert of_rule is not None
    return {
        "TAKEN": of_rule["name"],
        "RULE": house.gid("ReminderRule", made),
        "TEMPLATE": house.gid("Template", of_rule["template_id"]),
        "APPOINTMENT": house.gid("Appointment", appointment),
        "CANCELLED": house.gid("Appointment", await house.appointment(status="CANCELLED")),
        "PATIENT": house.gid("Patient", house.patients[0]),
        "OTHER": house.gid("Patient", house.patients[1]),
        "DISCHARGED": house.gid("Patient", discharged),
        **{name: house.gid("Reminder", each) for name, each in
           (("WAITING", waiting), ("SENDING", sending), ("SETTLED", settled))},
    }  # fmt: skip


def _with(value: Any, ids: dict[str, str]) -> Any:
    match value:
        case dict():
            return {name: _with(each, ids) for name, each in value.items()}
        case list():
            return [_with(each, ids) for each in value]
        case str():
            return ids.get(value, value)
    return value


async def test_it_is_refused_and_nothing_is_written(api: Api, house: House) -> None:
    who, ids = api.as_(Role.ADMIN, house.tenant), await furnished(house)
    before = await content(house)
    for mutation, input, code, where in REFUSED:
        found, what = await fail(who, mutation, **_with(input, ids), idempotencyKey="k")
        at = what[1] if isinstance(what, list) else what
        assert (found, at) == (code, where), (mutation, input)
    assert await content(house) == before
