"""From claimed reminders to mail in a mailbox: real rows, a real server."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from db.reminders.claiming import Claimed
from db.scope import Database
from db.vocabulary import AttemptOutcome, Channel
from delivery.channels.console import Console
from delivery.channels.email import Email
from delivery.keys import Key
from delivery.messenger import Messenger
from delivery.outcomes import Sent, rejected
from tests.delivery.channels.mail_server import MailServer, serving_mail
from tests.delivery.dispatching import attempts, dispatched, states
from tests.factories import House
from tests.reminding import due

STARTS_AT = datetime(2026, 3, 29, 7, 30, tzinfo=UTC)
ENGLISH = ("Your appointment", "{{ patient_name }}: {{ starts_at | datetime('short') }}, {{ facility_name }}", None)
GERMAN = (
    "Termin {{ days_until | plural({0: 'heute', 1: 'morgen', 'other': 'in # Tagen'}) }}",
    "{{ patient_name }}: {{ starts_at | time }} bei {{ practitioner_name }}",
    "<p>{{ patient_name }}</p>",
)


async def template(house: House, published: int | None = 1, channel: str = "EMAIL", **texts: Any) -> UUID:
    """One of English and German, unless other texts are given by their locale."""
    template_id = uuid7()
    await house._insert(
        "templates", tenant_id=house.tenant, id=template_id, name=f"template {template_id}", published=published
    )
    for locale, (subject, text, html) in (texts or {"en": ENGLISH, "de": GERMAN}).items():
        for version in (1, 2):
            await house.pool.execute(
                """INSERT INTO template_texts (tenant_id, template_id, version, channel, locale, subject, text, html)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
                *(house.tenant, template_id, version, channel, locale),
                *(subject, text if version == 1 else f"Now: {text}", html),
            )
    return template_id


async def reminder(house: House, template_id: UUID, of_appointment: bool = True, **patient: Any) -> UUID:
    """Of an appointment in Berlin, or one-off."""
    patient_id = await house.patient(**{"name": "Cora <One>", **patient})
    origin: dict[str, Any] = {}
    if of_appointment:
        rule_id = await house._insert(
            "reminder_rules",
            **{"tenant_id": house.tenant, "id": uuid7(), "name": f"rule {patient_id}", "lead_time": "PT24H"},
            **{"channels": ["EMAIL"], "template_id": template_id, "priority": "NORMAL", "active": True},
        )
        appointment_id = await house.appointment(
            patient_id=patient_id, starts_at=STARTS_AT, exclusive=False, facility_id=house.facilities[1]
        )
        origin = {"appointment_id": appointment_id, "rule_id": rule_id, "generation": 1}
    return await house._insert(
        "reminders",
        **{"tenant_id": house.tenant, "id": uuid7(), "patient_id": patient_id, "template_id": template_id, **origin},
        **{"channels": ["EMAIL"], "priority": "NORMAL", "status": "SCHEDULED"},
        **{"due_at": STARTS_AT - timedelta(days=1), "not_after": STARTS_AT},
    )


def claimed(reminder_id: UUID, address: str | None = "cora@patients.example") -> Claimed:
    """The day before the appointment, at noon in Berlin."""
    now = STARTS_AT - timedelta(hours=20)
    return Claimed(reminder_id, 1, ["EMAIL"], STARTS_AT, address, True, None, "Europe/Berlin", 0, now)


async def shown(queue: Database, house: House, batch: Sequence[Claimed]) -> tuple[Sequence[Sent | None], str]:
    """What became of them, and what the console showed."""
    output = StringIO()
    messenger = Messenger(queue, Channel.EMAIL, Console(output))
    return await messenger.send(house.tenant, batch, asyncio.Event()), output.getvalue()


async def test_each_patient_is_written_to_in_their_language(queue: Database, house: House) -> None:
    of_template = await template(house)
    batch = [
        claimed(await reminder(house, of_template, locale=locale), f"{locale}@patients.example")
        for locale in ("de-CH", "en-GB", "fr")
    ]
    server = MailServer()
    async with serving_mail(server) as port:
        email = Email(Address("", "reminders", "care.example"), "127.0.0.1", port, tls="none", connections=1)
        messenger = Messenger(queue, Channel.EMAIL, email)
        assert messenger.provider == "smtp"
        sent = await messenger.send(house.tenant, batch, asyncio.Event())
    assert [each.outcome.kind for each in sent if each] == [AttemptOutcome.ACCEPTED] * 3
    german, british, french = server.mails
    assert german["To"] == "de-CH@patients.example"
    assert german["Subject"] == "Termin morgen"
    text, html = german.iter_parts()
    assert text.get_content() == "Cora <One>: 09:30 bei Ada Nurse\n"
    assert html.get_content() == "<p>Cora &lt;One&gt;</p>\n"
    assert british.get_content() == "Cora <One>: 29/03/2026, 09:30, Birch\n"
    assert french.get_content() == "Cora <One>: 3/29/26, 9:30\u202fAM, Birch\n", "English, where there is no French"
    assert {str(mail["From"]) for mail in server.mails} == {"A house <reminders@care.example>"}
    assert german["Message-ID"] == f"<{Key(house.tenant, batch[0].reminder_id)}@care.example>"


async def test_a_one_off_is_about_no_appointment(queue: Database, house: House) -> None:
    of_template = await template(
        house, en=("Hello", "{{ patient_name }}, {{ facility_name }}, {{ tenant_name }}", None)
    )
    (sent,), output = await shown(queue, house, [claimed(await reminder(house, of_template, of_appointment=False))])
    assert sent is not None
    assert sent.outcome.kind is AttemptOutcome.ACCEPTED
    assert "Cora <One>, Ash, A house" in output


async def test_the_published_version_goes_out(queue: Database, house: House) -> None:
    of_template = await template(house, en=("", "{{ facility_name }}", None), published=2)
    _, output = await shown(queue, house, [claimed(await reminder(house, of_template))])
    assert "Now: Birch" in output


@pytest.mark.parametrize(
    ("published", "channel", "text", "code"),
    [
        (None, "EMAIL", "Hello", "NO_TEXT"),
        (3, "EMAIL", "Hello", "NO_TEXT"),
        (1, "PUSH", "Hello", "NO_TEXT"),
        (1, "EMAIL", "{{ forbidden }}", "TEMPLATE"),
    ],
)
async def test_what_has_no_words_goes_to_the_next_channel(
    queue: Database, house: House, published: int | None, channel: str, text: str, code: str
) -> None:
    without = await template(house, published, channel, en=("Hello", text, None))
    batch = [claimed(await reminder(house, without)), claimed(await reminder(house, await template(house)))]
    (lost, found), _ = await shown(queue, house, batch)
    assert lost is not None
    assert lost.outcome == rejected(code)
    assert found is not None
    assert found.outcome.kind is AttemptOutcome.ACCEPTED


async def test_the_only_language_is_for_everybody(queue: Database, house: House) -> None:
    of_template = await template(house, pl=("Wizyta", "Jutro", None))
    _, output = await shown(queue, house, [claimed(await reminder(house, of_template, locale="ar"))])
    assert "Wizyta" in output


async def test_nobody_elses_reminder_has_words(queue: Database, house: House) -> None:
    other_house = await House.build(house.pool)
    theirs = claimed(await reminder(other_house, await template(other_house)))
    (sent,), output = await shown(queue, house, [theirs])
    assert sent is not None
    assert sent.outcome == rejected("NO_TEXT")
    assert output == ""


async def test_a_batch_of_any_size_is_two_statements(queue: Database, house: House, statements: list[str]) -> None:
    of_templates = [await template(house), await template(house)]
    batch = [claimed(await reminder(house, of_templates[n % 2])) for n in range(20)]
    statements.clear()
    sent, _ = await shown(queue, house, batch)
    assert len(statements) == 2
    assert all(each and each.outcome.kind is AttemptOutcome.ACCEPTED for each in sent)
    statements.clear()
    assert await shown(queue, house, []) == ([], "")
    assert statements == []


async def test_what_is_due_is_in_the_mailbox(queue: Database, house: House) -> None:
    made, server = await due(house, 30), MailServer()
    async with serving_mail(server) as port:
        email = Email(Address("", "reminders", "care.example"), "127.0.0.1", port, tls="none")
        await dispatched(queue, house, {Channel.EMAIL: Messenger(queue, Channel.EMAIL, email)})
    ids = {reminder: f"<{Key(house.tenant, reminder)}@care.example>" for reminder in made}
    assert sorted(mail["Message-ID"] for mail in server.mails) == sorted(ids.values())
    assert {mail.get_content() for mail in server.mails} == {"See you, A patient.\n"}
    assert await states(house) == dict.fromkeys(made, ("SENT", None, "EMAIL", 1))
    told = await house.pool.fetch(
        "SELECT reminder_id, provider_message_id FROM delivery_attempts WHERE tenant_id = $1", house.tenant
    )
    assert dict(map(tuple, told)) == ids


async def test_what_no_mailbox_takes_goes_to_the_next_channel(queue: Database, house: House) -> None:
    [made] = await due(house, channels=("EMAIL", "CONSOLE"))
    await house.pool.execute(
        "UPDATE contact_preferences SET address = 'nobody@house.example' WHERE tenant_id = $1 AND channel = 'EMAIL'",
        house.tenant,
    )
    output, server = StringIO(), MailServer()
    async with serving_mail(server) as port:
        email = Email(Address("", "reminders", "care.example"), "127.0.0.1", port, tls="none")
        senders = {
            Channel.EMAIL: Messenger(queue, Channel.EMAIL, email),
            Channel.CONSOLE: Messenger(queue, Channel.CONSOLE, Console(output)),
        }
        await dispatched(queue, house, senders)
    assert server.mails == []
    assert "See you, A patient." in output.getvalue()
    assert await states(house) == {made: ("SENT", None, "CONSOLE", 2)}
    assert await attempts(house, made) == [
        (1, "EMAIL", "smtp", "REJECTED", "550"),
        (2, "CONSOLE", "console", "ACCEPTED", None),
    ]
