"""WebSocket, with gql. It connects again by itself; the subscription goes on behind the last event."""

import asyncio
import json
import os
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

URL = os.environ.get("CARENOTES_URL", "http://localhost:8000/graphql")
TOKEN = os.environ["CARENOTES_TOKEN"]

NOTES = gql("""
    subscription Notes($after: Cursor) {
      noteEvents(after: $after) { kind cursor node { id category } }
    }
""")


async def main() -> None:
    transport = WebsocketsTransport(
        url=URL.replace("http", "ws", 1),
        init_payload={"Authorization": f"Bearer {TOKEN}"},
        ping_interval=20,
        pong_timeout=10,
    )
    session = await Client(transport=transport).connect_async(reconnecting=True)  # type: ignore[no-untyped-call]
    after: str | None = None
    while True:
        try:
            async for answer in session.subscribe(NOTES, variable_values={"after": after}):
                event: dict[str, Any] = answer["noteEvents"]
                print(json.dumps({"kind": event["kind"], "id": event["node"] and event["node"]["id"]}), flush=True)
                after = event["cursor"]
        except TransportQueryError:
            raise  # what the server says is final
        except TransportConnectionFailed:
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    asyncio.run(main())
