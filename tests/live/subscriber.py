"""A subscriber who comes and goes, over WebSocket or as an event stream, to one server or the other, and resumes."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from tests.endpoint.live.sockets import signed_in

CATEGORIES = ("MEDICATION", "PROGRESS", "VITALS")
QUERY = """subscription ($categories: [NoteCategory!], $after: Cursor) {
  noteEvents(filter: {categories: $categories}, after: $after) { cursor node { id } }
}"""


class Subscriber:
    """Of events after a cursor. `category`: it asks for notes of this one only; `longest`: it leaves after so many events, or
    before. Raises AssertionError where the server says anything but that it is away for now."""

    def __init__(
        self, addresses: list[str], token: str, cursor: str, category: str | None, longest: int, seed: int
    ) -> None:
        self._addresses, self._token, self._cursor, self._category = addresses, token, cursor, category
        self._longest, self._random = longest, random.Random(seed)
        self._sse = seed % 4 == 0
        self._listening: asyncio.Task[None] | None = None
        self.got: list[str] = []
        self.expected: list[str] | None = None

    def wants(self, category: str) -> bool:
        return self._category in (None, category)

    def until(self, expected: list[str]) -> None:
        """It leaves once it has so many."""
        self.expected = expected
        if self._all() and self._listening is not None:
            self._listening.cancel()

    async def listen(self) -> None:
        self._listening = asyncio.create_task(self._come_and_go())
        with suppress(asyncio.CancelledError):
            await self._listening

    def _all(self) -> bool:
        return self.expected is not None and len(self.got) >= len(self.expected)

    async def _come_and_go(self) -> None:
        while not self._all():
            stay, address = self._random.randint(1, self._longest), self._random.choice(self._addresses)
            messages = self._events(address) if self._sse else self._messages(address)
            with suppress(OSError, TimeoutError, WebSocketException, httpx.TransportError):
                async with aclosing(messages):  # type: ignore[type-var]  # both are generators
                    async for message in messages:
                        self._take(message)
                        stay -= 1
                        if not stay or self._all():
                            break
            await asyncio.sleep(self._random.random() / 5)

    def _take(self, payload: dict[str, Any]) -> None:
        assert "errors" not in payload, payload
        event = payload["data"]["noteEvents"]
        self.got.append(event["node"]["id"])
        self._cursor = event["cursor"]

    @property
    def _variables(self) -> dict[str, Any]:
        return {"categories": self._category and [self._category], "after": self._cursor}

    async def _messages(self, address: str) -> AsyncIterator[dict[str, Any]]:
        async with signed_in(address, self._token) as socket:
            await socket.subscribe("1", QUERY, **self._variables)
            while (message := json.loads(await socket.connection.recv()))["type"] == "next":
                yield message["payload"]
            _may_return(message.get("payload", []))

    async def _events(self, address: str) -> AsyncIterator[dict[str, Any]]:
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {self._token}"}
        body = {"query": QUERY, "variables": self._variables}
        async with (
            httpx.AsyncClient(base_url=address, timeout=30) as http,
            http.stream("POST", "/graphql", json=body, headers=headers) as response,
        ):
            async for line in response.aiter_lines():
                if line.startswith("data:") and (data := line.removeprefix("data:").strip()):
                    payload = json.loads(data)
                    if not payload.get("data"):
                        _may_return(payload["errors"])
                        return
                    yield payload


def _may_return(errors: list[dict[str, Any]]) -> None:
    codes = {error["extensions"]["code"] for error in errors}
    assert codes == {"UNAVAILABLE"}, errors
