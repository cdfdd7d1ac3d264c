"""Server-sent events after graphql-sse's protocol, and multipart after Apollo's, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from auth import Principal, Role, Tokens
from config import Settings
from endpoint.live.multipart import Multipart
from endpoint.live.sse import EventStream
from tests.api import Api
from tests.endpoint.live.conftest import Running
from tests.endpoint.live.writing import written
from tests.factories import House
from tests.serving import serving

STATS = 'subscription { dailyStats(date: "2026-03-02") { total } }'
NOTHING = {"data": {"dailyStats": {"total": 0}}}
EVENTS = {"Accept": "text/event-stream"}
APOLLO = {"Accept": "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"}


@asynccontextmanager
async def streamed(
    http: httpx.AsyncClient, api: Api, method: str = "POST", **request: Any
) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[str]]]:
    """The response, and its text as it comes."""
    headers = {"Authorization": f"Bearer {api.token}", **request.pop("headers", {})}
    async with http.stream(method, "/graphql", headers=headers, **request) as response:
        yield response, response.aiter_text()


class Events:
    """What has come of an event stream."""

    def __init__(self, text: AsyncIterator[str]) -> None:
        self._text, self._rest = text, ""
        self.last = ""
        """The id of the last event that has one."""

    async def next(self) -> tuple[str, Any]:
        """The kind of the next event, and its data. Comments are passed over."""
        while True:
            while "\n\n" not in self._rest:
                self._rest += await asyncio.wait_for(anext(self._text), 10)
            event, self._rest = self._rest.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in event.split("\n") if ": " in line)
            self.last = fields.get("id", self.last)
            if "event" in fields:
                return fields["event"], json.loads(fields.get("data", "null"))


async def test_a_subscription_is_a_stream_of_events(http: httpx.AsyncClient, clinician: Api) -> None:
    async with streamed(http, clinician, json={"query": STATS}, headers=EVENTS) as (response, text):
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert await anext(text) == ":\n\n"
        assert await anext(text) == f"event: next\ndata: {json.dumps(NOTHING, separators=(',', ':'))}\n\n"


async def test_who_takes_nothing_but_events_gets_queries_and_errors_as_such(
    http: httpx.AsyncClient, clinician: Api
) -> None:
    for document, expected in {
        "{ viewer { role } }": {"data": {"viewer": {"role": "CLINICIAN"}}},
        "{ nothing }": "GRAPHQL_VALIDATION_FAILED",
        'subscription { noteEvents(after: "x") { at } }': "BAD_USER_INPUT",
    }.items():
        async with streamed(http, clinician, json={"query": document}, headers=EVENTS) as (_, text):
            events = Events(text)
            kind, data = await events.next()
            assert kind == "next"
            assert data == expected or data["errors"][0]["extensions"]["code"] == expected
            assert await events.next() == ("complete", None)


async def test_a_browsers_event_source_has_its_token_in_the_address(
    http: httpx.AsyncClient, settings: Settings, house: House
) -> None:
    token = Tokens(settings).issue(Principal(house.tenant, "somebody", Role.READER), 60)
    parameters = {"query": STATS, "token": token}
    async with http.stream("GET", "/graphql", params=parameters, headers=EVENTS) as response:
        assert await Events(response.aiter_text()).next() == ("next", NOTHING)
    mutation = await http.get("/graphql", params={**parameters, "query": "mutation { a: __typename }"}, headers=EVENTS)
    assert mutation.status_code == 405


async def test_an_event_source_that_comes_again_goes_on_where_it_was(
    running: Running, settings: Settings, clinician: Api, house: House
) -> None:
    token = Tokens(settings).issue(Principal(house.tenant, "somebody", Role.READER), 60)
    parameters = {"query": "subscription { noteEvents { node { id } } }", "token": token}
    async with httpx.AsyncClient(base_url=running.address, params=parameters, headers=EVENTS) as source:
        rides = running.live.sharing.rides
        async with source.stream("GET", "/graphql") as response:
            while running.live.sharing.rides == rides:
                await asyncio.sleep(0.005)
            await written(clinician, house)
            events = Events(response.aiter_text())
            await events.next()
        missed = [await written(clinician, house) for _ in range(2)]
        async with source.stream("GET", "/graphql", headers={"Last-Event-ID": events.last}) as response:
            events = Events(response.aiter_text())
            for note in missed:
                assert await events.next() == ("next", {"data": {"noteEvents": {"node": {"id": note}}}})


async def test_a_client_that_takes_json_alone_is_told_how_to_subscribe(http: httpx.AsyncClient, clinician: Api) -> None:
    for accept in ("application/json", "*/*"):
        headers = {"Authorization": f"Bearer {clinician.token}", "Accept": accept}
        response = await http.post("/graphql", json={"query": STATS}, headers=headers)
        assert response.status_code == 406
        assert "text/event-stream" in response.json()["errors"][0]["message"]


async def test_multipart(http: httpx.AsyncClient, clinician: Api) -> None:
    async with streamed(http, clinician, json={"query": STATS}, headers=APOLLO) as (response, text):
        assert response.headers["content-type"] == 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
        assert await anext(text) == "\r\n--graphql"
        payload = json.dumps({"payload": NOTHING}, separators=(",", ":"))
        assert await anext(text) == f"\r\ncontent-type: application/json\r\n\r\n{payload}\r\n--graphql"
    wrong = {"query": 'subscription { noteEvents(after: "x") { at } }'}
    async with streamed(http, clinician, json=wrong, headers=APOLLO) as (_, text):
        *_, last = [piece async for piece in text]
        assert last.endswith("\r\n--graphql--\r\n")
        assert '"payload":null' in last


@pytest.mark.parametrize(("form", "headers"), [(EventStream, EVENTS), (Multipart, APOLLO)])
async def test_a_pulse_keeps_the_connection_alive(
    http: httpx.AsyncClient,
    clinician: Api,
    monkeypatch: pytest.MonkeyPatch,
    form: type[EventStream | Multipart],
    headers: dict[str, str],
) -> None:
    monkeypatch.setattr(form, "every", 0.05)
    async with streamed(http, clinician, json={"query": STATS}, headers=headers) as (_, text):
        seen = ""
        while seen.count(form.pulse.decode()) < 3:
            seen += await asyncio.wait_for(anext(text), 10)


class Single:
    """graphql-sse's single connection mode."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http, self.headers = http, {"X-GraphQL-Event-Stream-Token": token}

    async def start(self, identifier: str | None, query: str) -> int:
        extensions = {} if identifier is None else {"operationId": identifier}
        body = {"query": query, "extensions": extensions}
        return (await self._http.post("/graphql", json=body, headers=self.headers)).status_code

    async def stop(self, identifier: str) -> int:
        response = await self._http.delete("/graphql", params={"operationId": identifier}, headers=self.headers)
        return response.status_code


async def reserved(http: httpx.AsyncClient, api: Api) -> Single:
    response = await http.put("/graphql", headers={"Authorization": f"Bearer {api.token}"})
    assert response.status_code == 201
    assert response.headers["content-type"].startswith("text/plain")
    return Single(http, response.text)


async def test_one_stream_for_many_operations(http: httpx.AsyncClient, clinician: Api) -> None:
    single = await reserved(http, clinician)
    async with http.stream("GET", "/graphql", headers={**EVENTS, **single.headers}) as response:
        events = Events(response.aiter_text())
        assert await single.start("1", STATS) == 202
        assert await events.next() == ("next", {"id": "1", "payload": NOTHING})
        assert await single.start("1", STATS) == 409
        assert await single.start(None, STATS) == 400
        assert await single.start("2", "{ viewer { role } }") == 202
        assert await events.next() == ("next", {"id": "2", "payload": {"data": {"viewer": {"role": "CLINICIAN"}}}})
        assert await events.next() == ("complete", {"id": "2"})
        assert await single.start("3", "{ nothing }") == 202
        assert (await events.next())[1]["payload"]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert await events.next() == ("complete", {"id": "3"})
        assert await single.stop("1") == 200
        assert await single.start("1", STATS) == 202
        assert await events.next() == ("next", {"id": "1", "payload": NOTHING})
        second = await http.get("/graphql", headers={**EVENTS, **single.headers})
        assert second.status_code == 409


async def test_a_stream_that_is_closed_or_was_never_reserved_is_not_found(
    http: httpx.AsyncClient, clinician: Api
) -> None:
    assert await Single(http, "cns_nothing").start("1", STATS) == 404
    single = await reserved(http, clinician)
    async with http.stream("GET", "/graphql", headers={**EVENTS, **single.headers}) as response:
        await anext(response.aiter_text())
    while await single.start("1", "{ viewer { role } }") != 404:
        await asyncio.sleep(0)


async def test_nobody_reserves_no_stream(http: httpx.AsyncClient) -> None:
    assert (await http.put("/graphql")).status_code == 401


async def test_going_away_ends_a_stream_without_completing_it(settings: Settings, clinician: Api) -> None:
    serves = serving(settings)
    http = httpx.AsyncClient(base_url=await serves.__aenter__())
    async with http, streamed(http, clinician, json={"query": STATS}, headers=EVENTS) as (_, text):
        events = Events(text)
        await events.next()
        await serves.__aexit__(None, None, None)
        with pytest.raises(StopAsyncIteration):
            await events.next()
