"""Settings, read once from the environment and passed in. The README has the same table; a test keeps them equal."""

import os
import re
import secrets
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal

import limits
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import Misconfigured

SIGNING_SECRET, LINK_SECRET = "jwt-secret", "link-secret"
"""Files of the data folder: the keys of development. They may be there before anything else is."""

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+")
"""RFC 6454, section 6.2; apps in a web view have schemes of their own."""


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in upper case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` demands a JWT key and refuses demo data",
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, description="Server processes")
    shutdown_timeout: int = Field(30, ge=0, description="Seconds that requests in flight get to finish")
    data_dir: Path | None = Field(
        None, description="Folder of the embedded servers and of the development secret; one per user if unset"
    )
    database_url: str | None = Field(
        None, description="PostgreSQL 15 or newer, as the application's role; embedded PostgreSQL if unset"
    )
    migration_database_url: str | None = Field(
        None, description="The same database as the role that owns it: migrations and bulk loads"
    )
    database_pool_size: int = Field(10, ge=1, description="Connections a process may open")
    database_wait: float = Field(
        5.0, gt=0, description="Seconds to wait for a connection before answering `UNAVAILABLE`"
    )
    statement_timeout: float = Field(
        30.0, gt=0, description="Seconds a statement may take before PostgreSQL cancels it"
    )
    redis_url: str | None = Field(None, description="Redis 7 or newer, or Valkey; embedded Valkey if unset")
    jwt_secret: SecretStr | None = Field(
        None, description="HS256 key, at least 32 bytes; in development one is made and kept in the data folder"
    )
    jwt_jwks_url: str | None = Field(
        None, description="Where the identity provider publishes its keys: RS256 and ES256 tokens are then accepted"
    )
    jwt_audience: str = Field("carenotes", description="What `aud` must be")
    jwt_issuer: str | None = Field(None, description="What `iss` must be; any if unset")
    dispatching: bool = Field(
        True, description="Whether each server process also sends reminders; `carenotes dispatch` does nothing else"
    )
    dispatch_loops: int = Field(4, ge=1, description="Batches of reminders that a process sends at once")
    dispatch_batch: int = Field(500, ge=10, description="The most reminders in a batch")
    relaying: bool = Field(
        True, description="Whether each server process also relays events; `carenotes relay` does nothing else"
    )
    events_kept_hours: int = Field(
        24, ge=1, description="Hours for which events are kept, for subscriptions that resume"
    )
    stream_length: int = Field(
        10_000, ge=100, description="The most events of a tenant that Redis holds; older ones are read from PostgreSQL"
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server: `smtp://user:password@host` (STARTTLS), `smtps://…` (TLS) or `smtp+plain://…` (neither)",
    )
    mail_from: str | None = Field(
        None, description="Whom mail comes from, such as `CareNotes <reminders@care.example>`"
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Signs webhooks (Standard Webhooks): `whsec_` and base64 of 24 to 64 bytes"
    )
    fcm_credentials: Path | None = Field(
        None, description="File of a service account of Firebase Cloud Messaging, for push"
    )
    public_url: str | None = Field(
        None, description="Where patients reach this service, such as `https://care.example`: for links in mails"
    )
    link_secret: SecretStr | None = Field(
        None,
        description="Signs links to unsubscribe, at least 32 bytes; links in old mails last as long as it does. "
        "In development one is made and kept in the data folder",
    )
    receipts_secret: SecretStr | None = Field(
        None, description="What providers sign their receipts with (Standard Webhooks): `whsec_` and base64"
    )
    email_rate: str | None = Field(
        None,
        description="Mails that the server takes from all processes together, such as `100/second` or `3000/minute`",
    )
    push_rate: str | None = Field(None, description="The same for push")
    webhook_rate: str | None = Field(None, description="The same for webhooks")
    body_limit: int = Field(1_048_576, ge=1024, description="Bytes that a request's body may have")
    token_limit: int = Field(10_000, ge=100, description="Tokens that a document may have")
    depth_limit: int = Field(20, ge=1, le=50, description="Levels of fields that an operation may have")
    root_field_limit: int = Field(50, ge=1, description="Root fields that an operation may have")
    field_limit: int = Field(
        5_000, ge=1, description="Fields that an operation may have, those of fragments wherever they are spread"
    )
    alias_limit: int = Field(100, ge=1, description="Aliases that an operation may have")
    directive_limit: int = Field(100, ge=1, description="Directives that an operation may have")
    cost_limit: int = Field(
        10_000, ge=100, description="What an operation may cost, as `@cost` and `@listSize` count it"
    )
    budget: int = Field(
        1_000_000, ge=0, description="Cost that a principal's operations may have in a minute; 0 for no limit"
    )
    tenant_budget: int = Field(
        10_000_000, ge=0, description="Cost that a tenant's operations may have in a minute; 0 for no limit"
    )
    operation_timeout: float = Field(
        30.0, gt=0, description="Seconds that an operation may take before it is cancelled, and its SQL"
    )
    request_timeout: float = Field(
        20.0, gt=0, description="Seconds in which a request must have arrived, headers and body"
    )
    batch_limit: int = Field(10, ge=0, description="Operations that a batch may have; 0 takes none")
    persisted_documents_limit: int = Field(
        4_194_304,
        ge=0,
        description="Bytes of the documents that a tenant's clients may persist in Redis; 0 turns that off",
    )
    trusted_documents: Path | None = Field(
        None,
        description="Manifest of the clients' documents, by Relay, graphql-codegen or Apollo; production runs no others",
    )
    introspection: bool | None = Field(
        None, description="Whether clients may ask for the schema, and errors suggest names; in development if unset"
    )
    graphiql: bool | None = Field(None, description="Whether GraphiQL is served; in development if unset")
    page_size: int = Field(50, ge=1, description="Rows of a connection when neither `first` nor `last` is given")
    page_size_limit: int = Field(500, ge=1, description="The most that `first` or `last` may ask for")
    calendar_days_limit: int = Field(62, ge=1, description="The most days that a practitioner's calendar may span")
    statistics_days_limit: int = Field(3_660, ge=1, description="The most days that statistics may span")
    statistics_warming: bool = Field(
        True, description="Whether daily statistics of late are read anew after a start and with each new day"
    )
    statistics_periods_limit: int = Field(
        1_000, ge=1, description="The most periods that daily statistics may have in one answer"
    )
    statistics_groups_limit: int = Field(
        10_000, ge=1, description="The most groups that `noteStats` may make, by what its arguments allow"
    )
    allowed_origins: str = Field(
        "", description="Origins whose pages may use this server (CORS), with commas: `https://app.example`"
    )
    subscriptions_per_connection: int = Field(
        100, ge=1, description="Operations that a WebSocket or an event stream may have at once"
    )
    subscriptions_per_principal: int = Field(
        1_000, ge=1, description="Operations that one `sub` may have at once on such connections to a process"
    )
    subscriptions_per_tenant: int = Field(
        10_000, ge=1, description="Operations that a tenant may have at once on such connections to a process"
    )
    shared_subscriptions: bool = Field(
        True, description="To compare: whether those who subscribe to the same share one execution, or have one each"
    )
    connection_init_wait: float = Field(
        3.0, gt=0, description="Seconds that a WebSocket's client has to send `connection_init`"
    )
    credential_check_interval: float = Field(
        5.0, gt=0, description="Seconds between two looks whether the credentials of open connections are still good"
    )
    plans: Literal["whole", "fields", "off"] = Field(
        "whole",
        description="How operations run, to compare: as compiled plans, and what is asked for often `whole`, by one statement; "
        "as plans, by `fields` alone; or `off`, by graphql-core",
    )
    demo_tokens: bool = Field(
        False,
        description="Whether the pages offer tokens of the demo tenants, to browsers on this machine; "
        "`carenotes serve --demo` does, in development",
    )
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged")

    slow_operation: int = Field(
        1_000, ge=0, description="Milliseconds from which an operation is logged with its plan and its SQL"
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port that answers `/metrics` for Prometheus, and nothing else"
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="Who sends it as a bearer token gets `/metrics`, on any port; needed on METRICS_PORT, too, if set",
    )
    telemetry: bool = Field(
        False,
        description="Whether traces and metrics go out by OpenTelemetry, as its own `OTEL_…` variables say; "
        "needs the extra `telemetry`",
    )

    @field_validator("database_url", "migration_database_url")
    @classmethod
    def _postgresql(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("this is no address of PostgreSQL, such as postgresql://user:password@host/database")
        return url and url.replace("postgres://", "postgresql://", 1)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("this is no address of Redis, such as redis://host/0 or unix:///path")
        return url

    @field_validator("email_rate", "push_rate", "webhook_rate")
    @classmethod
    def _rate(cls, rate: str | None) -> str | None:
        if rate is not None:
            limits.parse(rate)
        return rate

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.jwt_secret and len(self.jwt_secret.get_secret_value().encode()) < 32:
            raise ValueError("JWT_SECRET needs at least 32 bytes (RFC 7518, section 3.2)")
        if self.link_secret and len(self.link_secret.get_secret_value().encode()) < 32:
            raise ValueError("LINK_SECRET needs at least 32 bytes")
        if self.environment == "production" and not (self.jwt_secret or self.jwt_jwks_url):
            raise ValueError("production needs JWT_SECRET or JWT_JWKS_URL")
        if wrong := [each for each in self.origins if not _ORIGIN.fullmatch(each)]:
            raise ValueError(f"ALLOWED_ORIGINS: {wrong[0]} is no origin, such as https://app.example")
        if self.metrics_port == self.port:
            raise ValueError("METRICS_PORT is another port than PORT")
        if self.page_size > self.page_size_limit:
            raise ValueError("PAGE_SIZE must not exceed PAGE_SIZE_LIMIT")
        return self

    @property
    def origins(self) -> frozenset[str]:
        """Those whose pages may use this server besides its own."""
        return frozenset(each.strip() for each in self.allowed_origins.split(",") if each.strip())

    @property
    def shows_schema(self) -> bool:
        return self.environment == "development" if self.introspection is None else self.introspection

    @property
    def shows_graphiql(self) -> bool:
        return self.environment == "development" if self.graphiql is None else self.graphiql

    @cached_property
    def folder(self) -> Path:
        """The data folder, whether it was set or not; not created."""
        return self.data_dir or _default_folder()

    @cached_property
    def signing_secret(self) -> str | None:
        """The HS256 key; None where only an identity provider's keys count. Made on first use in development."""
        if self.jwt_secret:
            return self.jwt_secret.get_secret_value()
        return None if self.jwt_jwks_url else _development_secret(self.folder / SIGNING_SECRET)

    @cached_property
    def address(self) -> str | None:
        """What links in messages begin with, without a slash at the end; None where nobody has said."""
        if self.public_url:
            return self.public_url.rstrip("/")
        return f"http://localhost:{self.port}" if self.environment == "development" else None

    @cached_property
    def link_key(self) -> str | None:
        """Made on first use in development; None where links cannot be signed."""
        if self.link_secret:
            return self.link_secret.get_secret_value()
        return _development_secret(self.folder / LINK_SECRET) if self.environment == "development" else None


def _default_folder() -> Path:
    # PostgreSQL does not run as root but as a user of its own, who must reach the folder: not below a closed home.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/carenotes")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "carenotes"


def _development_secret(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # A link appears whole or not at all; of two processes that start at once, one makes the key and both use it.
        with suppress(FileExistsError):
            os.link(made, path)
        Path(made).unlink()
    secret = path.read_text()
    if len(secret) < 32:
        raise Misconfigured(f"{path} holds no key. Remove it, and another is made.")
    return secret
