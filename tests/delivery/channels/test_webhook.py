"""Webhooks, to a real server on the loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from delivery.channels.channel import Message
from delivery.channels.public import PublicTransport, is_public
from delivery.channels.webhook import Webhook
from delivery.outcomes import Outcome, accepted, failed, rejected, unknown
from tests.delivery.channels.batches import a_key, outcomes_of
from tests.delivery.channels.certificates import tls_contexts
from tests.delivery.channels.web_server import Answer, Request, WebServer, serving_web

SECRET = "whsec_" + "Y2FyZW5vdGVzLWNhcmVub3Rlcy1jYXJlbm90ZXM="


def on_loopback(timeout: float) -> Webhook:
    """Also asks the loopback, and without TLS."""
    return Webhook(SECRET, timeout=timeout, allowed=lambda address: address.is_loopback, schemes=("http",))


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    webhook = on_loopback(timeout=30)
    yield webhook
    await webhook.close()


def to(url: str) -> Message:
    return Message(a_key(), url, "See you tomorrow, Zoë.", "Your appointment")


async def test_a_webhook_is_signed(webhook: Webhook) -> None:
    async with serving_web(server := WebServer()) as port:
        message = to(f"http://localhost:{port}/hooks?a=b")
        assert await outcomes_of(webhook, [message]) == [accepted()]
    (request,) = server.requests
    assert (request.path, request.headers["host"]) == ("/hooks?a=b", f"localhost:{port}")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == str(message.key)
    verified = Verifier(SECRET).verify(request.body, request.headers)
    assert verified["type"] == "reminder.due"
    assert verified["data"] == {
        "reminderId": str(message.key.reminder_id),
        "subject": "Your appointment",
        "text": "See you tomorrow, Zoë.",
    }
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(request.body.replace(b"tomorrow", b"tonight."), request.headers)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(204), accepted()),
        (Answer(301, headers={"Location": "/elsewhere"}), rejected("301")),
        (Answer(400), rejected("400")),
        (Answer(401), failed("401")),
        (Answer(410), rejected("410")),
        (Answer(429, headers={"Retry-After": "120"}), failed("429", timedelta(minutes=2))),
        (Answer(429), failed("429")),
        (Answer(500), failed("500")),
        (Answer(503, headers={"Retry-After": "soon"}), failed("503")),
        (Answer(0), unknown("DISCONNECTED")),
    ],
)
async def test_what_an_answer_means(webhook: Webhook, answer: Answer, outcome: Outcome) -> None:
    async with serving_web(server := WebServer(lambda request: answer)) as port:
        assert await outcomes_of(webhook, [to(f"http://localhost:{port}/")]) == [outcome]
    assert len(server.requests) == 1, "nothing is followed, and nothing is asked again"


async def test_a_server_that_does_not_answer_may_have_the_message() -> None:
    impatient = on_loopback(timeout=0.2)
    async with serving_web(WebServer(lambda request: Answer(1))) as port:
        assert await outcomes_of(impatient, [to(f"http://localhost:{port}/")]) == [unknown("TIMEOUT")]
    await impatient.close()


async def test_the_same_reminder_has_the_same_id(webhook: Webhook) -> None:
    async with serving_web(server := WebServer(lambda request: Answer(500))) as port:
        message = to(f"http://localhost:{port}/")
        await outcomes_of(webhook, [message])
        await outcomes_of(webhook, [message])
    assert len({request.headers["webhook-id"] for request in server.requests}) == 1


async def test_without_a_server_nothing_is_sent(webhook: Webhook) -> None:
    async with serving_web(WebServer()) as port:
        pass
    assert await outcomes_of(webhook, [to(f"http://localhost:{port}/")]) == [failed("NOT_CONNECTED")]


async def test_each_message_has_its_outcome(webhook: Webhook) -> None:
    """Also where many are on their way at once, and answers come in another order."""

    def answer(request: Request) -> Answer:
        return Answer(400 + int(request.path[1:]))

    async with serving_web(WebServer(answer)) as port:
        wanted = [n for n in range(5) if n not in (1, 3)] * 20
        outcomes = await outcomes_of(webhook, [to(f"http://localhost:{port}/{n}") for n in wanted])
    assert outcomes == [rejected(str(400 + n)) for n in wanted]


async def test_what_is_not_tried_while_stopping_is_given_back(webhook: Webhook) -> None:
    stopping = asyncio.Event()

    def answer(request: Request) -> Answer:
        stopping.set()
        return Answer()

    async with serving_web(server := WebServer(answer)) as port:
        sent = await webhook.send([to(f"http://localhost:{port}/")] * 100, stopping)
    tried = [each for each in sent if each is not None]
    assert 0 < len(tried) < 100
    assert {each.outcome for each in tried} == {accepted()}
    assert len(server.requests) == len(tried)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "ftp://localhost/", "localhost", "", "https://", "https://[::1", "file:///x"]
)
async def test_only_https_urls_are_asked(url: str) -> None:
    webhook = Webhook(SECRET)
    (outcome,) = await outcomes_of(webhook, [to(url)])
    await webhook.close()
    assert outcome == rejected("ADDRESS")


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
async def test_nothing_of_our_own_network_is_asked(host: str) -> None:
    async with serving_web(server := WebServer()) as port:
        webhook = Webhook(SECRET, schemes=("http", "https"))
        outcomes = await outcomes_of(webhook, [to(f"http://{host}:{port}/"), to(f"https://{host}:{port}/")])
        await webhook.close()
    assert {outcome.error_code for outcome in outcomes} <= {"ADDRESS", "NOT_CONNECTED"}
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # where clouds keep credentials
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


async def test_a_name_is_looked_up_once(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it could be public when it is looked at, and within our own network when it is connected to."""
    ask, asked = socket.getaddrinfo, list[object]()

    def answer(host: object, *rest: Any, **more: Any) -> Any:
        if host == "hooks.example":
            asked.append(host)
            host = "127.0.0.1"
        return ask(host, *rest, **more)  # type: ignore[arg-type]  # what it was asked with

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    async with serving_web(server := WebServer()) as port:
        assert await outcomes_of(webhook, [to(f"http://hooks.example:{port}/")]) == [accepted()]
    assert asked == ["hooks.example"]
    assert server.requests[0].headers["host"] == f"hooks.example:{port}"


async def test_tls_proves_the_name_and_not_the_address(tmp_path: Path) -> None:
    of_server, of_client = tls_contexts(tmp_path)
    of_server.sni_callback = lambda _, name, __: names.append(name)
    names: list[str] = []
    transport = PublicTransport(httpx.AsyncHTTPTransport(verify=of_client), lambda address: address.is_loopback)
    async with serving_web(WebServer(), of_server) as port, httpx.AsyncClient(transport=transport) as client:
        assert (await client.get(f"https://localhost:{port}/")).is_success
    assert names == ["localhost"]
