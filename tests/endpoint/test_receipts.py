"""Receipts of providers over HTTP: signed, told again, told of nobody, and what becomes of the reminder."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook
from uuid_utils.compat import uuid7

from config import Settings
from db.reminders.queueing import ATTEMPTS
from delivery.keys import Key
from endpoint.receipts import LIMIT, Receipts
from errors import Misconfigured
from tests.conftest import RECEIPTS_SECRET
from tests.delivery.dispatching import states
from tests.factories import House
from tests.reminding import due, rule, sent


def signed(body: bytes, at: datetime | None = None, secret: str = RECEIPTS_SECRET) -> dict[str, str]:
    at = at or datetime.now(UTC)
    signature = Webhook(secret).sign("one", at, body.decode(errors="replace"))
    return {"webhook-id": "one", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


async def told(http: httpx.AsyncClient, what: str, key: object, channel: str = "email", **data: Any) -> httpx.Response:
    body = orjson.dumps({"type": f"message.{what}", "data": {"messageId": str(key), **data}})
    return await http.post(f"/receipts/{channel}", content=body, headers=signed(body))


def key(house: House, reminder: UUID) -> Key:
    return Key(house.tenant, reminder)


async def receipts(house: House) -> list[tuple[Any, ...]]:
    rows = await house.pool.fetch(
        "SELECT reminder_id, number, kind, error_code FROM delivery_receipts WHERE tenant_id = $1", house.tenant
    )
    return [tuple(row) for row in rows]


async def events(house: House) -> list[str]:
    rows = await house.pool.fetch("SELECT kind FROM outbox WHERE tenant_id = $1", house.tenant)
    return [row["kind"] for row in rows]


async def test_what_has_arrived_is_delivered_however_often_it_is_told(http: httpx.AsyncClient, house: House) -> None:
    [made] = await sent(house)
    for _ in range(2):
        answer = await told(http, "delivered", f"<{key(house, made)}@care.example>")
        assert (answer.status_code, answer.content) == (204, b"")
    assert await states(house) == {made: ("DELIVERED", None, "EMAIL", 1)}
    assert await receipts(house) == [(made, 1, "DELIVERED", None)]
    assert await events(house) == ["DELIVERED"]
    assert await house.pool.fetchval("SELECT version FROM reminders WHERE id = $1", made) == 2


async def test_what_came_back_goes_to_the_next_channel_once(http: httpx.AsyncClient, house: House) -> None:
    [made] = await sent(house, channels=["EMAIL", "PUSH"])
    for _ in range(2):
        answer = await told(http, "bounced", key(house, made), code="550")
        assert answer.status_code in (204, 503)
    assert await states(house) == {made: ("SCHEDULED", None, None, 1)}
    assert await receipts(house) == [(made, 1, "BOUNCED", "550")]
    assert await events(house) == ["SCHEDULED"]
    row = await house.pool.fetchrow("SELECT * FROM reminder_queue WHERE tenant_id = $1", house.tenant)
    assert row is not None
    assert (row["reminder_id"], row["channel"], row["attempt_count"], row["lease_token"]) == (made, "PUSH", 1, None)


@pytest.mark.parametrize(("made_before", "not_counted"), [(1, 0), (5, 0), (11, 6)])
async def test_what_came_back_has_all_attempts_of_its_next_channel(
    http: httpx.AsyncClient, house: House, made_before: int, not_counted: int
) -> None:
    """Also where it had been replayed: eleven, of which ten had come to nothing."""
    [made] = await sent(house, channels=["EMAIL", "PUSH"])
    await house.pool.execute("UPDATE reminders SET attempt_count = $2 WHERE id = $1", made, made_before)
    await house.pool.execute("UPDATE delivery_attempts SET number = $2 WHERE reminder_id = $1", made, made_before)
    assert (await told(http, "bounced", key(house, made))).status_code == 204
    row = await house.pool.fetchrow(
        "SELECT attempt_count, earlier_attempts FROM reminder_queue WHERE reminder_id = $1", made
    )
    assert row is not None
    assert tuple(row) == (made_before, not_counted)
    assert made_before - not_counted <= ATTEMPTS, "as many as the first channel might have used up"


@pytest.mark.parametrize(
    ("channels", "left"), [(["EMAIL"], timedelta(days=1)), (["EMAIL", "PUSH"], timedelta(seconds=-1))]
)
async def test_without_a_next_channel_or_time_it_is_dead(
    http: httpx.AsyncClient, house: House, channels: list[str], left: timedelta
) -> None:
    [made] = await sent(house, channels=channels, not_after=left)
    assert (await told(http, "delivered", key(house, made))).status_code == 204
    answer = await told(http, "bounced", key(house, made), code="smtp; 550 no such user ada@patients.example")
    assert answer.status_code == 204, "some providers change their mind"
    assert await states(house) == {made: ("DEAD", "BOUNCED", "EMAIL", 1)}
    assert sorted(await receipts(house)) == [(made, 1, "BOUNCED", None), (made, 1, "DELIVERED", None)]


@pytest.mark.parametrize("change", ["status = 'CANCELLED', cancel_reason = 'ill'", "generation = 2"])
async def test_nothing_more_is_sent_for_what_was_cancelled_or_moved(
    http: httpx.AsyncClient, house: House, change: str
) -> None:
    [made] = await sent(house, channels=["EMAIL", "PUSH"])
    appointment, of_rule = await house.appointment(), await rule(house, channels=["EMAIL", "PUSH"])
    await house.pool.execute(
        "UPDATE reminders SET appointment_id = $2, rule_id = $3, generation = 1 WHERE id = $1",
        *(made, appointment, of_rule),
    )
    await house.pool.execute(f"UPDATE appointments SET {change} WHERE id = $1", appointment)
    assert (await told(http, "bounced", key(house, made))).status_code == 204
    assert await states(house) == {made: ("DEAD", "BOUNCED", "EMAIL", 1)}


async def test_a_complaint_ends_the_consent_for_that_channel(http: httpx.AsyncClient, house: House) -> None:
    [made] = await sent(house, channels=["EMAIL", "PUSH"])
    assert (await told(http, "complained", key(house, made))).status_code == 204
    assert await states(house) == {made: ("DELIVERED", None, "EMAIL", 1)}
    rows = await house.pool.fetch(
        "SELECT channel, opted_out_at IS NOT NULL FROM contact_preferences WHERE tenant_id = $1", house.tenant
    )
    assert sorted(map(tuple, rows)) == [("EMAIL", True), ("PUSH", False)]


async def test_what_is_unknown_looks_like_the_rest_and_writes_nothing(http: httpx.AsyncClient, house: House) -> None:
    [made] = await sent(house)
    for message_id in (
        key(house, uuid7()),
        Key(uuid7(), made),
        Key(UUID(int=0), made),
        "<somebody.elses@mail.example>",
        "",
    ):
        answer = await told(http, "bounced", message_id)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await told(http, "delivered", key(house, made), channel="push")).status_code == 204
    assert await states(house) == {made: ("SENT", None, "EMAIL", 1)}
    assert await receipts(house) == []


async def test_what_comes_before_its_batch_is_settled_has_to_come_again(http: httpx.AsyncClient, house: House) -> None:
    [made] = await due(house)
    answer = await told(http, "delivered", key(house, made))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert await receipts(house) == []


async def test_what_is_not_signed_is_refused(http: httpx.AsyncClient, house: House) -> None:
    [made] = await sent(house)
    body = orjson.dumps({"type": "message.bounced", "data": {"messageId": str(key(house, made))}})
    old = datetime.now(UTC) - timedelta(minutes=6)
    other = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXI="
    for headers in (
        {},
        signed(body, old),
        signed(body, secret=other),
        signed(b"{}"),
        {**signed(body), "webhook-signature": "v1,x v2"},
        {**signed(body), "webhook-id": "two"},
    ):
        answer = await http.post("/receipts/email", content=body, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await states(house) == {made: ("SENT", None, "EMAIL", 1)}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b'{"type": "message.read", "data": {}}', b'{"type": "message.bounced", "data": {}}']
)
async def test_what_is_no_receipt_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/receipts/email", content=body, headers=signed(body))
    assert answer.status_code in (400, 401)


async def test_limits(http: httpx.AsyncClient) -> None:
    assert (await http.post("/receipts/email", content=b"x" * (LIMIT + 1))).status_code == 413
    assert (await http.get("/receipts/email")).status_code == 405
    assert (await told(http, "delivered", "x", channel="pigeon")).status_code == 404


async def test_who_opted_out_first_did_so_then(http: httpx.AsyncClient, house: House) -> None:
    [made] = await sent(house)
    await house.pool.execute(
        "UPDATE contact_preferences SET opted_out_at = '2026-01-01' WHERE tenant_id = $1", house.tenant
    )
    assert (await told(http, "complained", key(house, made))).status_code == 204
    found = await house.pool.fetchval("SELECT opted_out_at FROM contact_preferences WHERE tenant_id = $1", house.tenant)
    assert found == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_secret_that_cannot_be_used_is_named() -> None:
    with pytest.raises(Misconfigured, match="RECEIPTS_SECRET"):
        Receipts(Settings(receipts_secret=SecretStr("whsec_A")))
