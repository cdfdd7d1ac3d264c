"""What an argument must be to be let in. Each check returns the value as it will be stored, or raises Invalid with its path."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from unicodedata import category
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from db.vocabulary import Channel
from errors import Invalid

Path = Sequence[str | int]

LINE = 200
TEXT = 20_000
ADDRESS = 2_000
SOON = timedelta(hours=24)
"""How far ahead a note may say that something happened: clocks differ, and a shift's plan may be written before it."""

_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?", re.ASCII)
_SLUG = re.compile(r"[a-z](-?[a-z0-9]){1,62}")


# Embeddings, overrides and isolates: they make a line read otherwise than it is stored.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def line(value: str, at: Path, limit: int = LINE) -> str:
    """One line of 1 to `limit` characters, not all of them invisible; space around it is taken off."""
    value = _text(value.strip(), at, limit)
    for character in value:
        if category(character) in ("Cc", "Zl", "Zp") or character in _TURNING:
            raise _misplaced(character, at)
    return value


def text(value: str, at: Path, limit: int = TEXT) -> str:
    """1 to `limit` characters, not all of them invisible; of control characters, line ends and tabs are fine."""
    value = _text(value, at, limit)
    for character in value:
        if category(character) == "Cc" and character not in "\n\r\t":
            raise _misplaced(character, at)
    return value


def _text(value: str, at: Path, limit: int) -> str:
    if len(value) > limit:
        raise Invalid(f"This must not have more than {limit} characters; it has {len(value)}.", at)
    kinds = {category(character) for character in value}
    # Cs: lone surrogates, which UTF-8 cannot hold. (NUL, which PostgreSQL cannot store, is a control character.)
    if "Cs" in kinds:
        raise _misplaced(next(character for character in value if category(character) == "Cs"), at)
    if all(kind[0] in "CZ" for kind in kinds):
        raise Invalid("This must not be empty.", at)
    return value


def _misplaced(character: str, at: Path) -> Invalid:
    return Invalid(f"This holds U+{ord(character):04X}, which cannot be part of it.", at)


def email(value: str, at: Path) -> str:
    """An address as RFC 5321 has it, its domain in lower case. Whether it exists is not looked up."""
    try:
        return validate_email(line(value, at, 254), check_deliverability=False).normalized
    except EmailNotValidError:
        raise Invalid("This is not an email address.", at) from None


def phone(value: str, at: Path) -> str:
    """E.164: a plus and 7 to 15 digits."""
    if not _PHONE.fullmatch(value):
        raise Invalid("A phone number is written as E.164 has it, such as +4930123456.", at)
    return value


def locale(value: str, at: Path) -> str:
    """A language tag (BCP 47) of language, script and region."""
    if not _LOCALE.fullmatch(value):
        raise Invalid("A locale is a language tag, such as en-GB or de.", at)
    return value


def channels(value: Sequence[Channel], at: Path) -> list[Channel]:
    """At least one, and each once."""
    if not value or len(set(value)) < len(value):
        raise Invalid("This names at least one channel, and each once.", at)
    return list(value)


def address(value: str, channel: Channel, at: Path) -> str:
    """Where a channel leads. Whether somebody is there is not looked up."""
    if channel is Channel.EMAIL:
        raise Invalid("Mail goes to the patient's own email address: change that with `updatePatient`.", at)
    value = line(value, at, ADDRESS)
    if " " in value:
        raise Invalid("An address has no spaces in it.", at)
    if channel is Channel.WEBHOOK and not _is_public_https(value):
        raise Invalid("A webhook is an https URL of a public server, without a name or a password in it.", at)
    return value


def _is_public_https(url: str) -> bool:
    try:
        found = urlsplit(url)
        found.port  # noqa: B018  # raises ValueError for what is none
        host = found.hostname or ""
    except ValueError:
        return False
    if found.scheme != "https" or "@" in found.netloc or found.fragment:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and host.isascii()


def slug(value: str, at: Path) -> str:
    """Two to 63 small letters, digits and single hyphens, beginning with a letter."""
    if len(value) > 63 or not _SLUG.fullmatch(value):
        raise Invalid("A slug is 2 to 63 small letters, digits and single hyphens, and begins with a letter.", at)
    return value


def birth_date(value: date, at: Path) -> date:
    # The day has begun somewhere up to 14 hours before UTC.
    if value > (datetime.now(UTC) + timedelta(hours=14)).date():
        raise Invalid("A birth date is not in the future.", at)
    return value


def effective_at(value: datetime, at: Path) -> datetime:
    if value > datetime.now(UTC) + SOON:
        raise Invalid("A note is about what has happened: at the latest 24 hours from now.", at)
    return value


def search(value: str, at: Path, least: int) -> str:
    """A LIKE pattern for texts that hold the value; `least` letters or digits in a row, so that an index can serve it."""
    value = line(value, at)
    if not re.search(rf"[^\W_]{{{least}}}", value):
        raise Invalid(f"A search needs at least {least} letters or digits in a row.", at)
    return "%" + re.sub(r"([\\%_])", r"\\\1", value) + "%"
