"""Rules, templates, preferences and reminders over the API, for tests."""

from typing import Any

from tests.api import Api
from tests.factories import House

REMINDER = """id version status statusReason dueAt notAfter nextAttemptAt channel channels priority text attemptCount
  patient { id } appointment { id } rule { id } template { id }"""
ANSWERS = {
    "createReminderRule": (
        "reminderRule",
        "id version name elapsed daysBefore at channels priority active template { id }",
    ),
    "createTemplate": ("template", "id version name context published"),
    "setContactPreference": (
        "preference",
        """channel consentedAt consentRecordedBy optedOutAt optOutRecordedBy address quietHours { weekday start end }""",
    ),
    "scheduleReminder": ("reminder", REMINDER),
}
ANSWERS["updateReminderRule"] = ANSWERS["createReminderRule"]
ANSWERS["publishTemplate"] = ANSWERS["createTemplate"]
ANSWERS["cancelReminder"] = ANSWERS["snoozeReminder"] = ANSWERS["scheduleReminder"]
TEXT = {"channel": "EMAIL", "locale": "en", "subject": "Your appointment", "text": "See you, {{ patient_name }}."}


def document(mutation: str) -> str:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input!"
    answer = "count replayed" if mutation == "replayReminders" else "{} {{ {} }}".format(*ANSWERS[mutation])
    return f"mutation($it: {kind}) {{ {mutation}(input: $it) {{ {answer} }} }}"


async def do(who: Api, mutation: str, **input: Any) -> dict[str, Any]:
    """What the mutation answers about the object that it changed."""
    answer: dict[str, Any] = (await who.ask(document(mutation), it=input))[mutation]
    return answer if mutation == "replayReminders" else answer[ANSWERS[mutation][0]]


async def fail(who: Api, mutation: str, **input: Any) -> tuple[str, object]:
    """The code of its refusal; the reason of a conflict, or the place of what was wrong."""
    error = await who.refused(document(mutation), it=input)
    return error["code"], error.get("reason", error.get("argument"))


async def template(who: Api, *texts: dict[str, Any], name: str = "A template", **more: Any) -> str:
    made = await do(who, "createTemplate", name=name, texts=list(texts) or [TEXT], **more)
    global_id: str = made["id"]
    return global_id


async def rows(house: House, table: str) -> int:
    count: int = await house.pool.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", house.tenant)
    return count
