"""Webhooks as Standard Webhooks has them (https://www.standardwebhooks.com): signed, and each with an id to know it by."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx
import orjson
from standardwebhooks import Webhook as Signer

from delivery.channels.channel import Message
from delivery.channels.http import post, refused
from delivery.channels.public import IPAddress, PublicTransport, is_public
from delivery.channels.turns import in_turns
from delivery.outcomes import Outcome, Sent, accepted, rejected


class Webhook:
    """`to` of a message is an https URL. Only public addresses are asked, unless `allowed` has others (and http)."""

    name = "webhook"

    def __init__(
        self,
        secret: str,
        at_once: int = 20,
        timeout: float = 15,
        allowed: Callable[[IPAddress], bool] = is_public,
        schemes: Sequence[str] = ("https",),
    ) -> None:
        """`secret` is `whsec_` and base64; `timeout` in seconds, of each step of a request."""
        self._signer, self._at_once, self._schemes = Signer(secret), at_once, schemes
        # Neither a proxy nor a redirect may lead elsewhere than where we looked.
        transport = PublicTransport(httpx.AsyncHTTPTransport(trust_env=False), allowed)
        self._client = httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)

    async def send(self, messages: Sequence[Message], stopping: asyncio.Event) -> Sequence[Sent | None]:
        return await in_turns(messages, stopping, [self._deliver] * self._at_once)

    async def close(self) -> None:
        await self._client.aclose()

    async def _deliver(self, message: Message) -> Outcome:
        if message.to.partition("://")[0] not in self._schemes:
            return rejected("ADDRESS")
        now, webhook_id = datetime.now(UTC), str(message.key)
        data = {"reminderId": str(message.key.reminder_id), "subject": message.subject, "text": message.text}
        content = orjson.dumps({"type": "reminder.due", "timestamp": now, "data": data})
        answer = await post(
            self._client,
            message.to,
            content,
            {
                "webhook-id": webhook_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": self._signer.sign(webhook_id, now, content.decode()),
            },
        )
        if isinstance(answer, Outcome):
            return answer
        return accepted() if answer.is_success else refused(answer)
