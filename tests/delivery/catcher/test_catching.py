"""In development mail is caught and can be looked at; in production nothing is caught, and there is no page."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from config import Settings
from db.redis import connect
from db.vocabulary import Channel
from delivery.catcher.catching import catching
from delivery.catcher.mailbox import MOST, Mail, Mailbox
from delivery.channels.channel import Message
from delivery.channels.configured import providers
from endpoint import mailbox
from tests.delivery.channels.batches import a_key, outcomes_of

PRODUCTION = Settings(environment="production", jwt_secret=SecretStr("x" * 32))


@pytest.fixture
def caught(settings: Settings) -> Iterator[Settings]:
    with catching(settings) as settings:
        yield settings


async def send(settings: Settings, subject: str, html: str | None = None) -> None:
    email = providers(settings)[Channel.EMAIL]
    url = "https://care.example/unsubscribe/one"
    message = Message(a_key(), "ada@patients.example", "Bis morgen, <Zoë>.\n", subject, html, "A house", url)
    [outcome] = await outcomes_of(email, [message])
    assert outcome.provider_message_id


async def test_what_is_sent_is_on_the_page(http: httpx.AsyncClient, caught: Settings) -> None:
    await send(caught, "Termin <b>", '<p onclick="x()">Bis morgen</p>')
    listed = await http.get("/mail")
    assert "Termin &lt;b&gt;" in listed.text
    assert "script" not in listed.headers["Content-Security-Policy"]
    link = listed.text.split('href="')[1].partition('"')[0]
    shown = await http.get(link)
    for part in ("A house &lt;reminders@carenotes.example&gt;", "ada@patients.example", "Bis morgen, &lt;Zoë&gt;."):
        assert part in shown.text
    assert 'href="https://care.example/unsubscribe/one"' in shown.text
    assert f'<iframe sandbox src="{link}/html"' in shown.text
    html = await http.get(f"{link}/html")
    assert html.text.strip() == '<p onclick="x()">Bis morgen</p>'
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]


async def test_a_mail_without_html_has_no_frame(http: httpx.AsyncClient, caught: Settings) -> None:
    await send(caught, "Plain")
    link = (await http.get("/mail")).text.split('href="')[1].partition('"')[0]
    assert "<iframe" not in (await http.get(link)).text
    assert (await http.get(f"{link}/html")).text == ""
    assert (await http.get("/mail/none")).status_code == 404


async def test_the_newest_are_kept(settings: Settings) -> None:
    redis = connect(settings)
    box = Mailbox(redis)
    for n in range(MOST + 3):
        await box.add(Mail(str(n), "", "", "", "", "", None, None))
    found = await box.mails()
    assert (len(found), found[0].id) == (MOST, str(MOST + 2))
    await redis.delete("carenotes:mailbox")
    await redis.aclose()


async def test_it_takes_several_at_once(caught: Settings, http: httpx.AsyncClient) -> None:
    await asyncio.gather(*(send(caught, f"Number {n}") for n in range(5)))
    page = (await http.get("/mail")).text
    assert all(f"Number {n}" in page for n in range(5))


def test_nothing_is_caught_in_production_or_where_a_server_is_set() -> None:
    relayed = Settings(smtp_url=SecretStr("smtp://mail.example"), mail_from="a@care.example")
    for settings in (PRODUCTION, relayed):
        with catching(settings) as same:
            assert same is settings
    assert mailbox.routes(PRODUCTION) == []
