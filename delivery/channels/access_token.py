"""Access tokens of a service account: RFC 7523, as Google has it."""

import asyncio
import time
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import jwt
import orjson

from delivery.channels.http import refused
from delivery.outcomes import Outcome, failed

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_EARLY = 60
"""Seconds before its end from which a token is not used any more."""


class ServiceAccount(NamedTuple):
    """The fields of a service account's file, under their names there."""

    project_id: str
    client_email: str
    private_key: str
    token_uri: str


class AccessToken:
    """One at a time, asked for when it is needed."""

    def __init__(self, account: ServiceAccount, client: httpx.AsyncClient) -> None:
        self._account, self._client = account, client
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._until = 0.0

    async def get(self) -> str | Outcome:
        """The outcome of a message that could not be sent, where there is no token."""
        async with self._lock:
            if self._token is None or asyncio.get_running_loop().time() >= self._until:
                return await self._renewed()
            return self._token

    def forget(self, token: str) -> None:
        """After it was refused: the next message gets another."""
        if self._token == token:
            self._token = None

    async def _renewed(self) -> str | Outcome:
        now = asyncio.get_running_loop().time()
        try:
            answer = await self._client.post(
                self._account.token_uri,
                content=urlencode({"grant_type": _GRANT, "assertion": self._assertion()}),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        except httpx.HTTPError:
            return failed("NO_ACCESS_TOKEN")
        if not answer.is_success:
            return failed("NO_ACCESS_TOKEN", refused(answer).retry_after)
        try:
            granted = orjson.loads(answer.content)
            self._token, self._until = str(granted["access_token"]), now + float(granted["expires_in"]) - _EARLY
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return failed("NO_ACCESS_TOKEN")
        return self._token

    def _assertion(self) -> str:
        now = int(time.time())
        account = self._account
        claims = {
            "iss": account.client_email,
            "scope": _SCOPE,
            "aud": account.token_uri,
            "iat": now,
            "exp": now + 3600,
        }
        return jwt.encode(claims, account.private_key, algorithm="RS256")
