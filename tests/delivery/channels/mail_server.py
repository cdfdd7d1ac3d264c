"""A mail server on the loopback: aiosmtpd, with the bad days that mail servers have."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

REFUSED, BUSY = "550 5.1.1 No such user", "451 4.3.0 Try again later"


@dataclass
class MailServer:
    """What it does to a message, the recipient's name says: `nobody`, `busy`, `gone`, `spam`, `full`, `dropped`, `hangs`."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)
    sessions: Counter[int] = field(default_factory=Counter)
    """Messages that came over each connection."""

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]) -> str:
        if to.startswith("nobody@"):
            return REFUSED
        if to.startswith("busy@"):
            return BUSY
        if to.startswith("gone@"):
            _hang_up(server)
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (to,) = envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        match to.partition("@")[0]:
            case "spam":
                return "554 5.7.1 We do not want this"
            case "full":
                return "452 4.2.2 Mailbox full"
        self.mails.append(mail)
        self.recipients.append(to)
        self.sessions[id(session)] += 1
        match to.partition("@")[0]:
            case "dropped":
                _hang_up(server)
            case "hangs":
                await asyncio.Event().wait()
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        name = data.login.decode()
        self.logins.append(name)
        return AuthResult(success=self.users.get(name) == data.password.decode(), handled=False)


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class serving_mail:  # noqa: N801  # reads as what it is: `async with serving_mail(server) as port`
    def __init__(self, server: MailServer, tls: SSLContext | None = None, implicit: bool = False) -> None:
        self._handler, self._tls, self._implicit = server, tls, implicit

    async def __aenter__(self) -> int:
        loop = asyncio.get_running_loop()
        starttls = self._tls if not self._implicit else None
        self._server = await loop.create_server(
            lambda: SMTP(
                self._handler,
                hostname="localhost",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=self._handler.authenticate if self._handler.users else None,
                auth_required=bool(self._handler.users) and starttls is not None,
                auth_require_tls=starttls is not None,
                loop=loop,
            ),
            "127.0.0.1",
            0,
            ssl=self._tls if self._implicit else None,
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
