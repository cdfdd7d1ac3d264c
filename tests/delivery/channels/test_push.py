"""Push, to a real server on the loopback that speaks FCM's protocol."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from db.vocabulary import AttemptOutcome
from delivery.channels.channel import Message
from delivery.channels.push import Push
from delivery.outcomes import Outcome, accepted, failed, rejected, unknown
from tests.delivery.channels.batches import a_key, outcomes_of
from tests.delivery.channels.fcm_server import Fcm, account, error
from tests.delivery.channels.web_server import Answer, WebServer, serving_web


@pytest.fixture
def fcm() -> Fcm:
    return Fcm()


@pytest.fixture
async def push(fcm: Fcm) -> AsyncIterator[Push]:
    async with serving_web(WebServer(fcm)) as port:
        push = Push(account(port), f"http://127.0.0.1:{port}")
        yield push
        await push.close()


def to(device: str, text: str = "See you tomorrow.", subject: str | None = "Appointment") -> Message:
    return Message(a_key(), device, text, subject)


async def test_a_push_that_comes_twice_is_shown_once(fcm: Fcm, push: Push) -> None:
    message = to("phone")
    first, second = await outcomes_of(push, [message]) + await outcomes_of(push, [message])
    assert (first, second) == (accepted("projects/care/messages/1"), accepted("projects/care/messages/2"))
    key = str(message.key.reminder_id)
    assert (
        fcm.messages
        == [
            {
                "token": "phone",
                "notification": {"title": "Appointment", "body": "See you tomorrow."},
                "data": {"reminderId": key},
                "android": {"notification": {"tag": key}},
                "apns": {"headers": {"apns-collapse-id": key}},
                "webpush": {"notification": {"tag": key}},
            }
        ]
        * 2
    )


async def test_one_token_is_enough(fcm: Fcm, push: Push) -> None:
    outcomes = await outcomes_of(push, [to(f"phone-{n}") for n in range(60)])
    assert {outcome.kind for outcome in outcomes} == {AttemptOutcome.ACCEPTED}
    assert len(fcm.granted) == 1
    assert len({message["token"] for message in fcm.messages}) == 60


async def test_a_token_is_replaced_before_it_ends(fcm: Fcm, push: Push) -> None:
    fcm.expires_in = 59
    await outcomes_of(push, [to("phone")])
    await outcomes_of(push, [to("phone")])
    assert len(fcm.granted) == 2


async def test_a_token_that_is_refused_is_replaced(fcm: Fcm, push: Push) -> None:
    await outcomes_of(push, [to("phone")])
    fcm.granted.append("revoked all others")
    assert await outcomes_of(push, [to("phone")]) == [failed("401")]
    assert (await outcomes_of(push, [to("phone")]))[0].kind is AttemptOutcome.ACCEPTED


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(404, "UNREGISTERED", "NOT_FOUND"), rejected("UNREGISTERED")),
        (error(403, "SENDER_ID_MISMATCH", "PERMISSION_DENIED"), rejected("SENDER_ID_MISMATCH")),
        (error(400, "INVALID_ARGUMENT"), rejected("INVALID_ARGUMENT")),
        (error(401, "THIRD_PARTY_AUTH_ERROR", "UNAUTHENTICATED"), failed("THIRD_PARTY_AUTH_ERROR")),
        (error(503, "UNAVAILABLE", "UNAVAILABLE"), failed("UNAVAILABLE")),
        (error(500, "INTERNAL", "INTERNAL"), failed("INTERNAL")),
        (
            error(429, "QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED")._replace(headers={"Retry-After": "60"}),
            failed("QUOTA_EXCEEDED", timedelta(minutes=1))._replace(leave_alone=timedelta(minutes=1)),
        ),
        (Answer(429), failed("429")._replace(leave_alone=timedelta(minutes=1))),
        (Answer(502, "<html>"), failed("502")),
        (Answer(404, {"error": {"details": [{"errorCode": 5}, "x"]}}), rejected("404")),
        (Answer(403, {"error": "no"}), failed("403")),
        (Answer(0), unknown("DISCONNECTED")),
    ],
)
async def test_what_an_answer_means(fcm: Fcm, push: Push, answer: Answer, outcome: Outcome) -> None:
    fcm.answers["lost"] = answer
    lost, found = await outcomes_of(push, [to("lost"), to("found")])
    assert lost == outcome
    assert found.kind is AttemptOutcome.ACCEPTED


async def test_a_server_that_does_not_answer_may_have_the_message(fcm: Fcm) -> None:
    fcm.answers["lost"] = Answer(1)
    async with serving_web(WebServer(fcm)) as port:
        impatient = Push(account(port), f"http://127.0.0.1:{port}", timeout=1)
        assert await outcomes_of(impatient, [to("lost")]) == [unknown("TIMEOUT")]
        await impatient.close()


@pytest.mark.parametrize(
    ("grants", "wait"),
    [
        (Answer(400, {"error": "invalid_grant"}), None),
        (Answer(503, headers={"Retry-After": "30"}), timedelta(seconds=30)),
        (Answer(200, {"token_type": "Bearer"}), None),
        (Answer(200, "token"), None),
        (Answer(0), None),
    ],
)
async def test_without_a_token_nothing_is_sent(fcm: Fcm, push: Push, grants: Answer, wait: timedelta | None) -> None:
    fcm.grants = grants
    assert await outcomes_of(push, [to("phone")]) == [failed("NO_ACCESS_TOKEN", wait)]
    assert fcm.messages == []


async def test_a_long_text_is_cut_to_what_a_push_holds(fcm: Fcm, push: Push) -> None:
    texts = ["é" * 5_000, "x" * 2_500, "👋" * 2_000]
    await outcomes_of(push, [to("phone", text, "ü" * 400) for text in texts])
    shown = {message["notification"]["body"] for message in fcm.messages}
    assert "x" * 2_500 in shown
    assert all(len(body.encode()) <= 2_500 for body in shown)
    assert all(body.rstrip("…").strip("éx👋") == "" for body in shown)
    assert all(len(message["notification"]["title"].encode()) <= 500 for message in fcm.messages)
