"""Email over SMTP (RFC 5321)."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from functools import partial
from ssl import SSLContext
from typing import Literal

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException
from email_validator import EmailNotValidError, validate_email

from delivery.channels.channel import Message
from delivery.channels.mail import mail, message_id
from delivery.channels.turns import Unreachable, in_turns
from delivery.outcomes import Outcome, Sent, accepted, failed, rejected, unknown


class Email:
    """Sends a batch over a few connections, each of them for one message after the other."""

    name = "smtp"

    def __init__(
        self,
        sender: Address,
        host: str,
        port: int,
        tls: Literal["starttls", "implicit", "none"] = "starttls",
        username: str | None = None,
        password: str | None = None,
        tls_context: SSLContext | None = None,
        connections: int = 4,
        timeout: float = 30,
    ) -> None:
        """`timeout` is in seconds, for each answer of the server."""
        self._sender, self._connections = sender, connections
        self._client = partial(
            SMTP,
            hostname=host,
            port=port,
            use_tls=tls == "implicit",
            start_tls=tls == "starttls",
            username=username,
            password=password,
            tls_context=tls_context,
            local_hostname=sender.domain,
            timeout=timeout,
        )

    async def send(self, messages: Sequence[Message], stopping: asyncio.Event) -> Sequence[Sent | None]:
        """Connections last as long as a batch: servers close those that wait."""
        with ExitStack() as stack:
            wanted = min(self._connections, len(messages))
            clients = [stack.enter_context(closing(self._client())) for _ in range(wanted)]
            sent = await in_turns(messages, stopping, [partial(self._deliver, client) for client in clients])
            for client in clients:
                with suppress(SMTPException, OSError):
                    await client.quit(timeout=2)
        return sent

    async def close(self) -> None:
        """Nothing is open between batches."""

    async def _deliver(self, client: SMTP, message: Message) -> Outcome:
        try:
            to = _ascii(message.to)
            content = mail(message, to, self._sender, datetime.now(UTC)).as_bytes()
        except ValueError:
            return rejected("ADDRESS")
        try:
            if not client.is_connected:
                await client.connect()
        except (SMTPException, OSError) as error:
            raise Unreachable(_code(error)) from error
        try:
            await client.mail(self._sender.addr_spec)
            await client.rcpt(to)
        except SMTPRecipientRefused as error:
            return await _refused(client, error)
        except (SMTPException, OSError) as error:
            # What the server has against us is not the fault of the patient's address.
            await _reset(client)
            return failed(_code(error))
        try:
            await client.data(content)
        except SMTPDataError as error:
            return await _refused(client, error)
        except (SMTPException, OSError) as error:
            return unknown(_code(error))
        return accepted(message_id(message, self._sender))


def _ascii(address: str) -> str:
    """With the domain as DNS has it. Raises ValueError for what is no address, and for one that only SMTPUTF8 can carry."""
    found = validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email
    if found is None:
        raise EmailNotValidError("not ASCII")
    return found


async def _refused(client: SMTP, error: SMTPResponseException) -> Outcome:
    await _reset(client)
    return (rejected if error.code >= 500 else failed)(str(error.code))


async def _reset(client: SMTP) -> None:
    """Begins anew, on a new connection if the old one is not fit for it."""
    try:
        if client.is_connected:
            await client.rset()
    except (SMTPException, OSError):
        client.close()


def _code(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return str(error.code)
    return "TIMEOUT" if isinstance(error, TimeoutError) else "DISCONNECTED"
