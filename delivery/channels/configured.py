"""The channels that the settings have a provider for."""

from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import orjson
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from email_validator import validate_email
from standardwebhooks.webhooks import EmptyWebhookSecretError

from config import Settings
from db.vocabulary import Channel
from delivery.channels.access_token import ServiceAccount
from delivery.channels.channel import Provider
from delivery.channels.console import Console
from delivery.channels.email import Email
from delivery.channels.push import Push
from delivery.channels.webhook import Webhook
from errors import Misconfigured

_TLS: dict[str, Literal["starttls", "implicit", "none"]] = {
    "smtp": "starttls",
    "smtps": "implicit",
    "smtp+plain": "none",
}
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def providers(settings: Settings) -> dict[Channel, Provider]:
    """Raises Misconfigured where a setting cannot be used."""
    found: dict[Channel, Provider] = {}
    if settings.smtp_url is not None:
        found[Channel.EMAIL] = _email(settings.smtp_url.get_secret_value(), settings.mail_from or "")
    if settings.webhook_secret is not None:
        found[Channel.WEBHOOK] = _webhook(settings.webhook_secret.get_secret_value())
    if settings.fcm_credentials is not None:
        found[Channel.PUSH] = Push(_account(settings.fcm_credentials))
    if settings.environment == "development":
        found[Channel.CONSOLE] = Console()
    return found


def _email(url: str, mail_from: str) -> Email:
    parts = urlsplit(url)
    if parts.scheme not in _TLS or not parts.hostname:
        raise Misconfigured("SMTP_URL is smtp://user:password@host, smtps://… or smtp+plain://….")
    return Email(
        _sender(mail_from),
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        _TLS[parts.scheme],
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def _sender(mail_from: str) -> Address:
    name, address = parseaddr(mail_from)
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
        return Address(name, found.local_part, found.ascii_domain)
    except ValueError as error:
        raise Misconfigured("MAIL_FROM is an address, such as CareNotes <reminders@care.example>.") from error


def _webhook(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured("WEBHOOK_SECRET is whsec_ and base64, as Standard Webhooks has it.") from error


def _account(file: Path) -> ServiceAccount:
    try:
        content = orjson.loads(file.read_bytes())
        account = ServiceAccount(**{name: str(content[name]) for name in ServiceAccount._fields})
        load_pem_private_key(account.private_key.encode(), password=None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misconfigured(f"FCM_CREDENTIALS: {file} is no file of a service account.") from error
    return account
