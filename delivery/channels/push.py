"""Push through Firebase Cloud Messaging, its HTTP v1 API (https://firebase.google.com/docs/cloud-messaging)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx
import orjson

from delivery.channels.access_token import AccessToken, ServiceAccount
from delivery.channels.channel import Message
from delivery.channels.http import post, refused
from delivery.channels.turns import in_turns
from delivery.outcomes import Outcome, Sent, accepted, failed, rejected

_QUOTA = timedelta(minutes=1)
"""How long to wait where FCM says that it is too much, and not for how long: a quota is of a minute."""

_TITLE, _BODY = 500, 2_500
"""Bytes of UTF-8: a message has up to 4,096 in all."""


class Push:
    """`to` of a message is the registration token of a device."""

    name = "fcm"

    def __init__(
        self,
        account: ServiceAccount,
        url: str = "https://fcm.googleapis.com",
        at_once: int = 50,
        timeout: float = 15,
    ) -> None:
        """`timeout` in seconds, of each step of a request."""
        self._client = httpx.AsyncClient(timeout=timeout)
        self._token = AccessToken(account, self._client)
        self._url, self._at_once = f"{url}/v1/projects/{account.project_id}/messages:send", at_once

    async def send(self, messages: Sequence[Message], stopping: asyncio.Event) -> Sequence[Sent | None]:
        return await in_turns(messages, stopping, [self._deliver] * self._at_once)

    async def close(self) -> None:
        await self._client.aclose()

    async def _deliver(self, message: Message) -> Outcome:
        token = await self._token.get()
        if isinstance(token, Outcome):
            return token
        answer = await post(self._client, self._url, _content(message), {"Authorization": f"Bearer {token}"})
        if isinstance(answer, Outcome):
            return answer
        if answer.is_success:
            name = _read(answer).get("name")
            return accepted(name if isinstance(name, str) else None)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._token.forget(token)
        refusal = _refused(answer)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            # A quota is of the project, so of all messages.
            return refusal._replace(leave_alone=_QUOTA if refusal.retry_after is None else refusal.retry_after)
        return refusal


def _content(message: Message) -> bytes:
    """A reminder that comes twice replaces itself on the device: it has the same tag."""
    key = str(message.key.reminder_id)
    notification = {"title": _cut(message.subject or "", _TITLE), "body": _cut(message.text, _BODY)}
    return orjson.dumps(
        {
            "message": {
                "token": message.to,
                "notification": notification,
                "data": {"reminderId": key},
                "android": {"notification": {"tag": key}},
                "apns": {"headers": {"apns-collapse-id": key}},
                "webpush": {"notification": {"tag": key}},
            }
        }
    )


def _cut(text: str, limit: int) -> str:
    """So many bytes of UTF-8 at most, and no half a character."""
    encoded = text.encode()
    return text if len(encoded) <= limit else encoded[: limit - 3].decode(errors="ignore") + "…"


def _refused(answer: httpx.Response) -> Outcome:
    """By FCM's own code where it has one: UNREGISTERED, SENDER_ID_MISMATCH, QUOTA_EXCEEDED and so on."""
    error = _read(answer).get("error")
    details = error.get("details") if isinstance(error, dict) else None
    codes = [each.get("errorCode") for each in details or [] if isinstance(each, dict)]
    code = next((code for code in codes if isinstance(code, str) and code.isupper()), None)
    match code:
        case "UNREGISTERED" | "SENDER_ID_MISMATCH":
            return rejected(code)
        case "THIRD_PARTY_AUTH_ERROR":
            return failed(code)
    return refused(answer, code)


def _read(answer: httpx.Response) -> dict[str, object]:
    try:
        found = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
