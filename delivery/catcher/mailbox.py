"""Where caught mails are: a list in Redis, so that every process of a server sees the same."""

from typing import NamedTuple

import orjson
from redis.asyncio import Redis

_KEY = "carenotes:mailbox"
MOST = 500
"""Mails that are kept, the newest."""
_KEPT = 86_400
"""Seconds after the last mail in which they are kept."""


class Mail(NamedTuple):
    """`at` is in ISO 8601, in UTC."""

    id: str
    at: str
    to: str
    sender: str
    subject: str
    text: str
    html: str | None
    unsubscribe: str | None


class Mailbox:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, mail: Mail) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.lpush(_KEY, orjson.dumps(mail._asdict()))
            pipeline.ltrim(_KEY, 0, MOST - 1)
            pipeline.expire(_KEY, _KEPT)
            await pipeline.execute()

    async def mails(self) -> list[Mail]:
        """The newest first."""
        return [Mail(**orjson.loads(packed)) for packed in await self._redis.lrange(_KEY, 0, -1)]

    async def mail(self, mail_id: str) -> Mail | None:
        return next((mail for mail in await self.mails() if mail.id == mail_id), None)
