"""POST /receipts/{channel}: what a provider tells of a message after it accepted it, signed as Standard Webhooks has it.

    {"type": "message.bounced", "data": {"messageId": "<...@care.example>", "code": "550"}}

`type` is `message.delivered`, `message.bounced` or `message.complained`; `messageId` is the Message-ID of a mail, or the
`webhook-id` of a webhook. What is not ours, or was told before, is answered like the rest.
"""

import re
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError, WebhookVerificationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from config import Settings
from db.reminders.receipts import receive
from db.scope import Database
from db.vocabulary import Channel, ReceiptKind
from delivery.keys import read_key
from delivery.metrics import RECEIPTS
from endpoint.errors import present_care_error, refusal
from errors import CareError, Forbidden, Invalid, Misconfigured, Unauthenticated

LIMIT = 65_536
"""Bytes of a receipt: some providers send along what came back."""
LATER = "30"
"""Seconds after which what came too early may come again."""

_CODE = re.compile(r"[\w.\-]{1,40}")
_KINDS = {
    "message.delivered": ReceiptKind.DELIVERED,
    "message.bounced": ReceiptKind.BOUNCED,
    "message.complained": ReceiptKind.COMPLAINED,
}


class _Data(BaseModel):
    message_id: str = Field(alias="messageId", max_length=998)
    code: str | None = None


class _Receipt(BaseModel):
    type: Literal["message.delivered", "message.bounced", "message.complained"]
    data: _Data


class Receipts:
    def __init__(self, settings: Settings) -> None:
        self._verifier = _verifier(settings.receipts_secret) if settings.receipts_secret else None

    async def take(self, request: Request) -> Response:
        channel = next((each for each in Channel if each.lower() == request.path_params["channel"]), None)
        if self._verifier is None or channel is None:
            raise HTTPException(404)
        body = await _body(request)
        try:
            receipt = self._read(body, dict(request.headers))
            written = await _write(request.state.database, receipt, channel)
        except CareError as error:
            return refusal(error.status, present_care_error(error))
        # It may come before the batch that it was sent with is settled.
        return Response(status_code=204) if written else Response(status_code=503, headers={"Retry-After": LATER})

    def _read(self, body: bytes, headers: dict[str, str]) -> _Receipt:
        assert self._verifier is not None
        try:
            self._verifier.verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):
            raise Unauthenticated("Sign receipts as Standard Webhooks has it, with RECEIPTS_SECRET.") from None
        try:
            return _Receipt.model_validate_json(body)
        except ValidationError:
            raise Invalid("A receipt has a `type`, and `data` with a `messageId`.") from None


def _verifier(secret: SecretStr) -> Webhook:
    try:
        return Webhook(secret.get_secret_value())
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured("RECEIPTS_SECRET is whsec_ and base64, as Standard Webhooks has it.") from error


async def _write(database: Database, receipt: _Receipt, channel: Channel) -> bool:
    key = read_key(receipt.data.message_id)
    if key is None:
        return True
    kind = _KINDS[receipt.type]
    # A sentence instead of a code could quote an address.
    code = receipt.data.code if receipt.data.code and _CODE.fullmatch(receipt.data.code) else None
    try:
        async with database.write(key.tenant_id) as scope:
            written = await receive(scope, key.reminder_id, channel, kind, code)
    except (Unauthenticated, Forbidden):
        return True  # of no tenant, or of one that is suspended
    RECEIPTS.labels(channel, kind).inc()
    return written


async def _body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LIMIT:
            raise HTTPException(413, f"A receipt has up to {LIMIT} bytes.")
    return body
