"""Email, to a real server on the loopback."""

import socket
from collections.abc import AsyncIterator
from email.headerregistry import Address
from pathlib import Path
from ssl import SSLContext

import pytest

from db.vocabulary import AttemptOutcome
from delivery.channels.channel import Message
from delivery.channels.email import Email
from delivery.outcomes import Outcome, accepted, failed, rejected, unknown
from tests.delivery.channels.batches import a_key, outcomes_of
from tests.delivery.channels.certificates import tls_contexts
from tests.delivery.channels.mail_server import MailServer, serving_mail

SENDER = Address("CareNotes", "reminders", "care.example")


@pytest.fixture
def server() -> MailServer:
    return MailServer()


@pytest.fixture
async def port(server: MailServer) -> AsyncIterator[int]:
    async with serving_mail(server) as port:
        yield port


def plain(port: int, connections: int = 2, timeout: float = 30) -> Email:
    return Email(SENDER, "127.0.0.1", port, tls="none", connections=connections, timeout=timeout)


def to(address: str, **fields: str) -> Message:
    return Message(a_key(), address, "See you tomorrow.", **fields)


async def test_a_mail_has_two_forms_and_says_how_to_unsubscribe(server: MailServer, port: int) -> None:
    key = a_key()
    url = "https://care.example/unsubscribe/" + "x" * 300
    message = Message(
        key,
        "ada@patients.example",
        "Bis morgen, Zoë.\n",
        "Termin am Dienstag ✓",
        "<p>Bis morgen, Zoë.</p>\n",
        "Gäste & Co",
        url,
    )
    (outcome,) = await outcomes_of(plain(port), [message])
    assert outcome == accepted(f"<{key}@care.example>")
    (mail,) = server.mails
    assert mail["Message-ID"] == f"<{key}@care.example>"
    assert mail["Subject"] == "Termin am Dienstag ✓"
    assert str(mail["From"]) == "Gäste & Co <reminders@care.example>"
    assert mail["To"] == "ada@patients.example"
    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), text.get_content()) == ("text/plain", "Bis morgen, Zoë.\n")
    assert (html.get_content_type(), html.get_content()) == ("text/html", "<p>Bis morgen, Zoë.</p>\n")


async def test_a_long_subject_arrives_whole(server: MailServer, port: int) -> None:
    subjects = ["word " * 390 + "end", "x" * 2_000, "é" * 2_000]
    await outcomes_of(plain(port, connections=1), [to("ada@patients.example", subject=subject) for subject in subjects])
    assert [mail["Subject"] for mail in server.mails] == subjects


async def test_a_long_name_of_another_script_arrives_whole(server: MailServer, port: int) -> None:
    names = ["Ärztehaus " * 19 + "Köln", "診" * 200, 'O\'Neill, "Care" <& Sons>', "x" * 200]
    await outcomes_of(plain(port, connections=1), [to("ada@patients.example", sender_name=name) for name in names])
    assert [mail["From"].addresses[0].display_name for mail in server.mails] == names
    assert {mail["From"].addresses[0].addr_spec for mail in server.mails} == {"reminders@care.example"}


async def test_no_field_adds_a_header_or_a_recipient(server: MailServer, port: int) -> None:
    attack = "x\r\nBcc: all@patients.example\r\n\r\nbody"
    sent = await outcomes_of(
        plain(port),
        [
            to("ada@patients.example", subject=attack, sender_name=attack),
            to("ada@patients.example\r\nRCPT TO:<all@patients.example>"),
            to("ada@patients.example, all@patients.example"),
        ],
    )
    assert [outcome.kind for outcome in sent] == ["ACCEPTED", "REJECTED", "REJECTED"]
    assert server.recipients == ["ada@patients.example"]
    assert server.mails[0]["Bcc"] is None
    assert server.mails[0].get_content() == "See you tomorrow.\n"


async def test_lines_of_dots_and_long_lines_arrive_as_they_were(server: MailServer, port: int) -> None:
    text = ".\n..\n.x\n" + "y" * 5_000 + "\nFrom me\n"
    await outcomes_of(plain(port), [Message(a_key(), "ada@patients.example", text)])
    assert server.mails[0].get_content() == text


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("nobody@patients.example", rejected("550")),
        ("busy@patients.example", failed("451")),
        ("spam@patients.example", rejected("554")),
        ("full@patients.example", failed("452")),
        ("gone@patients.example", failed("DISCONNECTED")),  # before the message
        ("dropped@patients.example", unknown("DISCONNECTED")),  # after it
        ("no address", rejected("ADDRESS")),
        ("zoë@patients.example", rejected("ADDRESS")),  # needs SMTPUTF8
        ("", rejected("ADDRESS")),
    ],
)
async def test_what_the_server_says_of_one_is_nothing_to_the_next(
    server: MailServer, port: int, address: str, outcome: Outcome
) -> None:
    messages = [to("ada@patients.example"), to(address), to("ben@patients.example")]
    first, second, third = await outcomes_of(plain(port, connections=1), messages)
    assert second == outcome
    assert first.kind is third.kind is AttemptOutcome.ACCEPTED
    assert {"ada@patients.example", "ben@patients.example"} <= set(server.recipients)


async def test_a_server_that_does_not_answer_may_have_the_message(server: MailServer, port: int) -> None:
    (outcome,) = await outcomes_of(plain(port, timeout=1), [to("hangs@patients.example")])
    assert outcome == unknown("TIMEOUT")


async def test_a_retry_has_the_same_message_id(server: MailServer, port: int) -> None:
    message = to("dropped@patients.example")
    assert (
        await outcomes_of(plain(port), [message])
        == await outcomes_of(plain(port), [message])
        == [unknown("DISCONNECTED")]
    )
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_batch_shares_few_connections(server: MailServer, port: int) -> None:
    messages = [to(f"patient-{n}@patients.example") for n in range(40)]
    outcomes = await outcomes_of(plain(port, connections=3), messages)
    assert [outcome.provider_message_id for outcome in outcomes] == [
        f"<{message.key}@care.example>" for message in messages
    ]
    assert sorted(server.recipients) == sorted(message.to for message in messages)
    assert len(server.sessions) <= 3
    assert await outcomes_of(plain(port), []) == []


async def test_an_address_of_another_script_is_written_as_dns_has_it(server: MailServer, port: int) -> None:
    await outcomes_of(plain(port), [to("ada@bücher.example")])
    assert server.recipients == ["ada@xn--bcher-kva.example"]


async def test_without_a_server_nothing_is_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcomes = await outcomes_of(plain(taken.getsockname()[1]), [to("ada@patients.example")] * 2)
    assert {outcome.kind for outcome in outcomes} == {AttemptOutcome.FAILED}


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[SSLContext, SSLContext]:
    folder: Path = tmp_path_factory.mktemp("tls")
    return tls_contexts(folder)


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit"])
async def test_over_tls_with_a_login(contexts: tuple[SSLContext, SSLContext], implicit: bool) -> None:
    server, (of_server, of_client) = MailServer(users={"carenotes": "s3cret"}), contexts

    async def send(port: int, password: str, trust: SSLContext | None) -> Outcome:
        email = Email(
            SENDER,
            "127.0.0.1",
            port,
            tls="implicit" if implicit else "starttls",
            username="carenotes",
            password=password,
            tls_context=trust,
        )
        return (await outcomes_of(email, [to("ada@patients.example")]))[0]

    async with serving_mail(server, of_server, implicit) as port:
        assert (await send(port, "s3cret", of_client)).kind is AttemptOutcome.ACCEPTED
        assert server.logins
        assert await send(port, "guess", of_client) == failed("535")
        # Whom we do not trust, we tell nothing: no password, and no message.
        tried = len(server.logins)
        assert (await send(port, "s3cret", None)).kind is AttemptOutcome.FAILED
        assert (len(server.logins), len(server.mails)) == (tried, 1)


async def test_a_server_without_tls_gets_nothing_that_was_to_be_encrypted(server: MailServer, port: int) -> None:
    (outcome,) = await outcomes_of(Email(SENDER, "127.0.0.1", port), [to("ada@patients.example")])
    assert outcome.kind is AttemptOutcome.FAILED
    assert server.mails == []
