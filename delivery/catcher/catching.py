"""Catches mail in development, where no mail server is set: an SMTP server on the loopback, in a thread of its own."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pydantic import SecretStr
from uuid_utils.compat import uuid7

from config import Settings
from db.redis import connect
from delivery.catcher.mailbox import Mail, Mailbox

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "CareNotes <reminders@carenotes.example>"


@contextmanager
def catching(settings: Settings) -> Iterator[Settings]:
    """Settings by which mail is caught; as they are in production, where SMTP_URL is set, or without the extra `embedded`."""
    wanted = settings.environment == "development" and settings.smtp_url is None
    if not wanted or find_spec("aiosmtpd") is None:
        yield settings
        return
    with _Server(settings) as port:
        url = SecretStr(f"smtp+plain://127.0.0.1:{port}")
        yield settings.model_copy(update={"smtp_url": url, "mail_from": settings.mail_from or SENDER})


class _Server:
    """The commands' own loops begin and end as they like, and workers are processes: so it has a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._loop, self._port = settings, asyncio.new_event_loop(), 0
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()), daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        self._ready.wait()
        return self._port

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415  # of the extra `embedded`

        logging.getLogger("mail").setLevel(logging.WARNING)  # it tells of every command, and whom mails are for
        redis = connect(self._settings)
        handler = _Handler(Mailbox(redis))
        server = await self._loop.create_server(
            lambda: SMTP(handler, hostname="localhost", loop=self._loop), "127.0.0.1", 0
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await redis.aclose()


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        await self._mailbox.add(_read(message, ", ".join(envelope.rcpt_tos)))
        return "250 OK"


def _read(message: EmailMessage, to: str) -> Mail:
    def part(kind: str) -> str | None:
        found = message.get_body((kind,))
        return None if found is None else found.get_content()

    return Mail(
        id=str(uuid7()),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        to=to,
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        text=part("plain") or "",
        html=part("html"),
        unsubscribe=str(message["List-Unsubscribe"] or "").strip("<>") or None,
    )
