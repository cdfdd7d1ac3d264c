"""graphql-transport-ws over real sockets: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md."""

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from auth import Principal, Role, Tokens
from config import Settings
from tests.api import Api
from tests.endpoint.live.sockets import connected, signed_in
from tests.factories import House
from tests.serving import serving

STATS = 'subscription { dailyStats(date: "2026-03-02") { total } }'


async def test_a_socket_is_acknowledged_and_answers_each_kind_of_operation(
    server: str, clinician: Api, house: House
) -> None:
    async with signed_in(server, clinician.token) as socket:
        await socket.subscribe("q", "{ viewer { role } }")
        assert await socket.next("q") == {"data": {"viewer": {"role": "CLINICIAN"}}}
        assert await socket.hear() == {"id": "q", "type": "complete"}
        await socket.subscribe("s", STATS)
        assert await socket.next("s") == {"data": {"dailyStats": {"total": 0}}}
        await socket.tell({"id": "s", "type": "complete"})
        # The id is free again at once.
        await socket.subscribe("s", STATS)
        assert await socket.next("s") == {"data": {"dailyStats": {"total": 0}}}


@pytest.mark.parametrize(
    ("payload", "query"),
    [
        ({"Authorization": "Bearer {}"}, ""),
        ({"authorization": "bearer {}"}, ""),
        ({"token": "{}"}, ""),
        (None, "?token={}"),
    ],
)
async def test_ways_to_say_who_one_is(
    server: str, settings: Settings, house: House, payload: dict[str, str] | None, query: str
) -> None:
    token = Tokens(settings).issue(Principal(house.tenant, "somebody", Role.READER), 60)
    given = payload and {name: value.format(token) for name, value in payload.items()}
    async with connected(server, query=query.format(token)) as socket:
        await socket.tell({"type": "connection_init", "payload": given})
        assert await socket.hear() == {"type": "connection_ack"}
    async with connected(server, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        await socket.tell({"type": "connection_init"})
        assert await socket.hear() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "Send a credential"),
        ({"Authorization": "Bearer nonsense"}, "This token is not valid."),
        ({"token": "cnk_nonsense"}, "This API key is not valid"),
    ],
)
async def test_nobody_is_forbidden(server: str, payload: dict[str, str] | None, reason: str) -> None:
    async with connected(server) as socket:
        await socket.tell({"type": "connection_init", "payload": payload})
        code, said = await socket.closed()
        assert code == 4403
        assert said.startswith(reason)


async def test_a_token_in_the_address_is_about_to_expire(server: str, clinician: Api) -> None:
    async with connected(server, query=f"?token={clinician.token}") as socket:
        await socket.tell({"type": "connection_init"})
        assert await socket.closed() == (
            4403,
            "A token in an address is good for up to 300 more seconds; this one is for longer.",
        )


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        (["nonsense"], 4400, "Invalid message: not JSON"),
        ([[]], 4400, "Invalid message: not an object"),
        ([{}], 4400, "Invalid message"),
        ([{"type": "start"}], 4400, "Invalid message of type start"),
        ([{"type": "connection_init", "payload": "x"}], 4400, "The payload of connection_init is an object."),
        ([{"type": "subscribe", "id": "1", "payload": {"query": STATS}}], 4401, "Unauthorized"),
        (["init", "init"], 4429, "Too many initialisation requests"),
        (["init", {"type": "subscribe", "payload": {"query": STATS}}], 4400, "Invalid message of type subscribe"),
        (
            ["init", {"type": "subscribe", "id": "", "payload": {"query": STATS}}],
            4400,
            "Invalid message of type subscribe",
        ),
        (["init", {"type": "subscribe", "id": "1", "payload": {}}], 4400, "Send a document"),
        (
            ["init", *[{"type": "subscribe", "id": "1", "payload": {"query": STATS}}] * 2],
            4409,
            "Subscriber for 1 already exists",
        ),
    ],
)
async def test_what_closes_a_socket(server: str, clinician: Api, messages: list[Any], code: int, reason: str) -> None:
    init = {"type": "connection_init", "payload": {"token": clinician.token}}
    async with connected(server) as socket:
        for message in messages:
            await socket.tell(init if message == "init" else message)
        closed = await socket.closed()
        assert closed[0] == code
        assert closed[1].startswith(reason)


async def test_binary_messages_are_refused(server: str) -> None:
    async with connected(server) as socket:
        await socket.connection.send(b"{}")
        assert await socket.closed() == (4400, "Invalid message: not JSON")


async def test_pings_are_answered_before_and_after_the_acknowledgement(server: str, clinician: Api) -> None:
    async with connected(server) as socket:
        await socket.tell({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}
        await socket.tell({"type": "pong", "payload": {"unasked": True}})
        await socket.tell({"type": "connection_init", "payload": {"token": clinician.token}})
        assert await socket.hear() == {"type": "connection_ack"}
        await socket.tell({"type": "ping", "payload": {"n": 1}})
        assert await socket.hear() == {"type": "pong", "payload": {"n": 1}}


async def test_another_subprotocol_is_not_acceptable(server: str) -> None:
    async with connected(server, subprotocol=None) as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_errors_before_an_operation_runs_end_it_and_leave_the_socket(server: str, clinician: Api) -> None:
    async with signed_in(server, clinician.token) as socket:
        for document, code in {
            "subscription {": "GRAPHQL_PARSE_FAILED",
            "subscription { nothing }": "GRAPHQL_VALIDATION_FAILED",
            'subscription { noteEvents(after: "x") { at } }': "BAD_USER_INPUT",
            'subscription { dailyStats(date: "2026-03-02", maxEvery: 0) { total } }': "BAD_USER_INPUT",
        }.items():
            await socket.subscribe("1", document)
            message = await socket.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            [error] = message["payload"]
            assert error["extensions"]["code"] == code
        await socket.subscribe("1", STATS)
        await socket.next("1")


async def test_a_client_that_does_not_say_who_it_is_is_not_waited_for(settings: Settings) -> None:
    async with (
        serving(settings.model_copy(update={"connection_init_wait": 0.1})) as address,
        connected(address) as socket,
    ):
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_a_page_of_elsewhere_is_refused(server: str, settings: Settings) -> None:
    async with connected(server, origin=server):
        pass
    with pytest.raises(InvalidStatus):
        async with connected(server, origin="https://elsewhere.example"):
            pass
    allowing = Settings.model_validate(settings.model_dump() | {"allowed_origins": "https://elsewhere.example"})
    async with serving(allowing) as address, connected(address, origin="https://elsewhere.example"):
        pass


async def test_a_message_that_is_too_long_is_not_read(server: str, clinician: Api, settings: Settings) -> None:
    async with signed_in(server, clinician.token) as socket:
        await socket.tell(json.dumps({"type": "ping", "payload": {"x": "x" * settings.body_limit}}))
        assert (await socket.closed())[0] == 1009


async def test_going_away(settings: Settings, clinician: Api) -> None:
    serves = serving(settings)
    address = await serves.__aenter__()
    async with signed_in(address, clinician.token) as socket:
        await socket.subscribe("1", STATS)
        await socket.next("1")
        await serves.__aexit__(None, None, None)
        assert await socket.closed() == (1001, "Going away")
