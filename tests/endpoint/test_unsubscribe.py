"""One click ends a channel's messages; looking at the page does not, and nobody can make a link."""

from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from config import Settings
from db.vocabulary import Channel
from delivery.unsubscribing import Subscription, UnsubscribeLinks, unsubscribe_links
from tests.factories import House
from tests.reminding import consent

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def links(settings: Settings) -> UnsubscribeLinks:
    found = unsubscribe_links(settings)
    assert found is not None
    return found


def path(url: str) -> str:
    return url.removeprefix("http://localhost:8000")


async def opted_out(house: House) -> dict[str, bool]:
    rows = await house.pool.fetch(
        "SELECT channel, opted_out_at IS NOT NULL AS out FROM contact_preferences WHERE tenant_id = $1", house.tenant
    )
    return {row["channel"]: row["out"] for row in rows}


async def test_one_click_is_enough(http: httpx.AsyncClient, house: House, links: UnsubscribeLinks) -> None:
    for channel in ("EMAIL", "PUSH"):
        await consent(house, house.patients[0], channel)
    url = path(links.url(Subscription(house.tenant, house.patients[0], Channel.EMAIL)))
    for _ in range(2):
        answer = await http.post(url, data=ONE_CLICK)
        assert answer.status_code == 200
        assert "You are unsubscribed" in answer.text
    assert await opted_out(house) == {"EMAIL": True, "PUSH": False}


async def test_who_looks_at_the_page_is_still_subscribed(
    http: httpx.AsyncClient, house: House, links: UnsubscribeLinks
) -> None:
    await consent(house, house.patients[0])
    answer = await http.get(path(links.url(Subscription(house.tenant, house.patients[0], Channel.EMAIL))))
    assert '<form method="post">' in answer.text
    assert "house" not in answer.text, "it tells nothing of whom it is about"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert await opted_out(house) == {"EMAIL": False}


async def test_who_never_said_anything_has_said_no_now(
    http: httpx.AsyncClient, house: House, links: UnsubscribeLinks
) -> None:
    url = path(links.url(Subscription(house.tenant, house.patients[0], Channel.PUSH)))
    assert (await http.post(url)).status_code == 200
    assert await opted_out(house) == {"PUSH": True}


async def test_nobody_can_make_a_link(http: httpx.AsyncClient, house: House, links: UnsubscribeLinks) -> None:
    await consent(house, house.patients[0])
    theirs = Subscription(house.tenant, house.patients[0], Channel.EMAIL)
    good = path(links.url(theirs))
    for bad in (
        path(UnsubscribeLinks("", "another key, of 32 bytes or more").url(theirs)),
        good[:-1],
        good + "A",
        good[:30] + ("A" if good[30] != "A" else "B") + good[31:],
        "/unsubscribe/é",
        "/unsubscribe/=",
    ):
        answer = await http.post(bad)
        assert answer.status_code == 404
        assert "This link is not complete" in answer.text
    assert await opted_out(house) == {"EMAIL": False}


@pytest.mark.parametrize("tenant", [UUID(int=0), uuid7()])
async def test_who_is_no_more_looks_like_everybody(
    http: httpx.AsyncClient, house: House, links: UnsubscribeLinks, tenant: UUID
) -> None:
    for patient in (house.patients[0], uuid7()):
        answer = await http.post(path(links.url(Subscription(tenant, patient, Channel.EMAIL))))
        assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)
    assert (await http.post(path(links.url(Subscription(house.tenant, uuid7(), Channel.EMAIL))))).status_code == 200
    assert await opted_out(house) == {}


def test_without_an_address_or_a_key_there_are_no_links() -> None:
    key = SecretStr("x" * 32)
    assert unsubscribe_links(Settings(environment="production", jwt_secret=key)) is None
    reached = Settings(environment="production", jwt_secret=key, public_url="https://care.example/")
    assert unsubscribe_links(reached) is None
    links = unsubscribe_links(
        Settings(environment="production", jwt_secret=key, public_url="https://care.example/", link_secret=key)
    )
    assert links is not None
    subscription = Subscription(uuid7(), uuid7(), Channel.WEBHOOK)
    url = links.url(subscription)
    assert url.startswith("https://care.example/unsubscribe/")
    assert len(url) < 110
    assert links.read(url.rpartition("/")[2]) == subscription
