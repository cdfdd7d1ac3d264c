"""A credential becomes a Principal, and a table says what its role may do."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt

from config import Settings
from errors import Forbidden, Misconfigured, Unauthenticated, Unavailable


class Role(StrEnum):
    PLATFORM_ADMIN = "PLATFORM_ADMIN"
    ADMIN = "ADMIN"
    CLINICIAN = "CLINICIAN"
    COORDINATOR = "COORDINATOR"
    BILLING = "BILLING"
    READER = "READER"


TENANT_ROLES = [role for role in Role if role is not Role.PLATFORM_ADMIN]
"""The roles that are held inside a tenant."""


class Permission(StrEnum):
    TENANTS_WRITE = "create, change and suspend tenants"
    FACILITIES_READ = "see the names and time zones of facilities"
    ORGANIZATION_READ = "see the tenant, its facilities, practitioners, rules and templates"
    ORGANIZATION_WRITE = "change the tenant, its facilities, practitioners, rules and templates"
    PATIENTS_READ = "see the names and contacts of patients"
    PATIENTS_WRITE = "change patients"
    NOTES_READ = "see category, times, status and counts of notes"
    NOTE_TEXTS_READ = "read the text of notes, their addenda and versions"
    NOTES_WRITE = "write and sign notes"
    APPOINTMENT_TIMES_READ = "see times and states of appointments"
    APPOINTMENTS_READ = "see what appointments are for and why they were cancelled"
    APPOINTMENTS_WRITE = "book, move and cancel appointments"
    REMINDER_TIMES_READ = "see times and states of reminders"
    REMINDERS_READ = "see what reminders say, where they go, and how they were delivered"
    REMINDERS_WRITE = "schedule, cancel, snooze and replay reminders"
    STATISTICS_READ = "see statistics"


_P = Permission

FETCH_INTERVAL = 10.0
"""Seconds between two looks at a provider's key set for a key id that is not in it."""

REMEMBERED = 10_000
"""Tokens that a process remembers having verified."""

KEYS_KEPT = 300.0
"""Seconds after which a provider's key set is looked at anew: what it withdraws is refused from then on."""

# The minimum necessary (45 CFR 164.502(b)). The schema's documentation is made from this table.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.PLATFORM_ADMIN: frozenset({_P.TENANTS_WRITE}),
    Role.ADMIN: frozenset(_P) - {_P.TENANTS_WRITE, _P.NOTES_WRITE},
    Role.CLINICIAN: frozenset(_P) - {_P.TENANTS_WRITE, _P.ORGANIZATION_WRITE},
    Role.COORDINATOR: frozenset(
        {
            _P.FACILITIES_READ,
            _P.ORGANIZATION_READ,
            _P.PATIENTS_READ,
            _P.PATIENTS_WRITE,
            _P.NOTES_READ,
            _P.APPOINTMENT_TIMES_READ,
            _P.APPOINTMENTS_READ,
            _P.APPOINTMENTS_WRITE,
            _P.REMINDER_TIMES_READ,
            _P.REMINDERS_READ,
            _P.REMINDERS_WRITE,
            _P.STATISTICS_READ,
        }
    ),
    Role.BILLING: frozenset(
        {
            _P.FACILITIES_READ,
            _P.ORGANIZATION_READ,
            _P.PATIENTS_READ,
            _P.NOTES_READ,
            _P.APPOINTMENT_TIMES_READ,
            _P.APPOINTMENTS_READ,
            _P.STATISTICS_READ,
        }
    ),
    Role.READER: frozenset(
        {
            _P.FACILITIES_READ,
            _P.NOTES_READ,
            _P.APPOINTMENT_TIMES_READ,
            _P.REMINDER_TIMES_READ,
            _P.STATISTICS_READ,
        }
    ),
}


def roles_with(*permissions: Permission) -> list[Role]:
    """The roles that hold at least one of the permissions, in the table's order."""
    return [role for role, granted in GRANTS.items() if granted.intersection(permissions)]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `tenant_id` is None for the platform's administrators, who see no tenant's data."""

    tenant_id: UUID | None
    subject: str
    role: Role

    def may(self, *permissions: Permission) -> bool:
        """Whether the role holds any of them."""
        return not GRANTS[self.role].isdisjoint(permissions)

    def require(self, *permissions: Permission) -> None:
        """Raises Forbidden, naming the roles that would do, unless the role holds one of the permissions."""
        if not self.may(*permissions):
            needed = [role.value for role in roles_with(*permissions)]
            raise Forbidden(
                f"To {' or '.join(permissions)} takes the role {' or '.join(needed)}; yours is {self.role}.",
                roles=needed,
            )


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`cnk_<tenant>_<secret>`: the tenant is in the key, so that looking it up needs no statement across tenants."""

    tenant_id: UUID
    secret: str

    PREFIX = "cnk_"

    @classmethod
    def generate(cls, tenant_id: UUID) -> "ApiKey":
        return cls(tenant_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, credential: str) -> "ApiKey":
        tenant, _, secret = credential.removeprefix(cls.PREFIX).partition("_")
        try:
            return cls(UUID(hex=tenant), secret)
        except ValueError:
            raise Unauthenticated("This API key is not valid.") from None

    @property
    def digest(self) -> bytes:
        """What is stored. The secret is 256 random bits, so a plain hash cannot be searched backwards."""
        return sha256(self.secret.encode(errors="replace")).digest()

    def __str__(self) -> str:
        return f"{self.PREFIX}{self.tenant_id.hex}_{self.secret}"


class ProviderKeys:
    """The public keys of the identity provider (RFC 7517)."""

    def __init__(self, url: str) -> None:
        self._client = jwt.PyJWKClient(url, timeout=5, cache_jwk_set=False)
        self._known: list[jwt.PyJWK] = []
        self._known_until = self._next_fetch = 0.0
        self._fetch: asyncio.Task[list[jwt.PyJWK]] | None = None

    async def find(self, kid: object) -> Any:
        """A key id that is not known fetches the key set anew, but a flood of invented ones must not."""
        if time.monotonic() >= self._known_until:
            await self._refresh()
        key = self._client.match_kid(self._known, str(kid))
        if key is None and time.monotonic() >= self._next_fetch:
            await self._refresh()
            key = self._client.match_kid(self._known, str(kid))
        if key is None:
            raise jwt.InvalidKeyError(kid)
        return key.key

    @property
    def known_for(self) -> float:
        """Seconds until the key set is looked at anew."""
        return max(0.0, self._known_until - time.monotonic())

    async def _refresh(self) -> None:
        """One look at a time: whoever asks meanwhile waits for the same answer."""
        if self._fetch is None:
            self._fetch = asyncio.create_task(asyncio.to_thread(self._client.get_signing_keys))
        fetch = self._fetch
        try:
            self._known = await asyncio.shield(fetch)
        except (jwt.PyJWTError, ValueError):
            raise Unavailable("The identity provider's keys cannot be fetched; try again.") from None
        finally:
            if self._fetch is fetch and fetch.done():
                self._fetch = None
        self._known_until = time.monotonic() + KEYS_KEPT
        self._next_fetch = time.monotonic() + FETCH_INTERVAL


class Tokens:
    """Verifies JSON Web Tokens (RFC 7519): HS256 with our secret, RS256 and ES256 with the provider's keys."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = settings.signing_secret
        self._provider = ProviderKeys(settings.jwt_jwks_url) if settings.jwt_jwks_url else None
        self._remembered: dict[str, tuple[Principal, float]] = {}

    def issue(self, principal: Principal, lifetime: float) -> str:
        """A token good for `lifetime` seconds. Only with a secret of our own: a provider's tokens are its to make."""
        if self._secret is None:
            raise Misconfigured(
                "Tokens come from the identity provider of JWT_JWKS_URL; set JWT_SECRET to issue some here."
            )
        claims: dict[str, object] = {
            "sub": principal.subject,
            "role": principal.role.value,
            "aud": self._settings.jwt_audience,
            "iat": int(time.time()),
            "exp": int(time.time() + lifetime),
        }
        if principal.tenant_id:
            claims["tenant"] = str(principal.tenant_id)
        if self._settings.jwt_issuer:
            claims["iss"] = self._settings.jwt_issuer
        return jwt.encode(claims, self._secret, algorithm="HS256")

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated, saying no more than that the token expired, is for another service, or is not valid.

        What was verified is remembered for a while, but not longer than the token lives or a key may have been withdrawn.
        """
        principal, until = self._remembered.get(token, _NOBODY)
        if time.time() < until:
            return principal
        principal, expires, kept = await self._verified(token)
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[token] = principal, min(expires, time.time() + kept)
        return principal

    async def _verified(self, token: str) -> tuple[Principal, float, float]:
        """Who it is, when the token expires, and for how many seconds its key is good for sure."""
        kept = KEYS_KEPT
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            # The algorithm decides which key is used, never the other way round: an RS256 public key must
            # not verify an HS256 signature (RFC 8725, section 3.1). "none" is in neither list.
            if algorithm == "HS256" and self._secret is not None:
                claims = self._decode(token, self._secret, "HS256")
            elif algorithm in ("RS256", "ES256") and self._provider is not None:
                claims = self._decode(token, await self._provider.find(header.get("kid")), algorithm)
                kept = self._provider.known_for
            else:
                raise jwt.InvalidAlgorithmError(algorithm)
            return _principal(claims), float(claims["exp"]), kept
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("This token has expired.") from None
        except jwt.InvalidAudienceError:
            raise Unauthenticated("This token is for another service.") from None
        except (jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Unauthenticated("This token is not valid.") from None

    def _decode(self, token: str, key: Any, algorithm: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._settings.jwt_audience,
            issuer=self._settings.jwt_issuer,
            leeway=5,
            options={"require": ["exp", "sub", "aud", "role"]},
        )


_NOBODY = (Principal(None, "", Role.READER), 0.0)


def _principal(claims: dict[str, Any]) -> Principal:
    role, subject, tenant = Role(claims["role"]), claims["sub"], claims.get("tenant")
    if not isinstance(subject, str) or not 0 < len(subject.encode()) <= 255:
        raise ValueError("sub")
    if (role is Role.PLATFORM_ADMIN) != (tenant is None):
        raise ValueError("tenant")
    tenant_id = None if tenant is None else UUID(tenant)
    # The nil UUID stands for the platform (db.scope): a tenant's token must not pass for it.
    if tenant_id is not None and tenant_id.int == 0:
        raise ValueError("tenant")
    return Principal(tenant_id, subject, role)
