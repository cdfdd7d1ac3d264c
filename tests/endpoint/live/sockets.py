"""A client of graphql-transport-ws, for tests: sends and receives messages as they are."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

PATIENCE = 10.0


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def tell(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE))
        return message

    async def subscribe(self, identifier: str, query: str, **variables: Any) -> None:
        await self.tell(
            {"id": identifier, "type": "subscribe", "payload": {"query": query, "variables": variables}},
        )

    async def next(self, identifier: str) -> Any:
        """The payload of the next message of this operation."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", identifier), message
        return message["payload"]

    async def closed(self) -> tuple[int, str]:
        """The code and reason that the server closes with; whatever it says before is passed over."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""


@asynccontextmanager
async def connected(
    address: str,
    *,
    query: str = "",
    subprotocol: str | None = "graphql-transport-ws",
    origin: str | None = None,
    **kw: Any,
) -> AsyncIterator[Socket]:
    async with connect(
        f"{address.replace('http', 'ws', 1)}/graphql{query}",
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        origin=Origin(origin) if origin else None,
        compression=None,
        proxy=None,
        **kw,
    ) as connection:
        yield Socket(connection)


@asynccontextmanager
async def signed_in(address: str, token: str | None) -> AsyncIterator[Socket]:
    async with connected(address) as socket:
        await socket.tell({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert await socket.hear() == {"type": "connection_ack"}
        yield socket
