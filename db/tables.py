"""The tables. Reads and writes are Core statements; these classes give them typed columns, and rows their attributes.

Habits that keep the tables distributable by tenant (docs/decisions/0003): the tenant is part of every primary, unique and
foreign key, `tenants` is the only hub, every constraint has a name, no triggers, no ON DELETE SET NULL.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from auth import TENANT_ROLES
from db import vocabulary as words

LATE_AFTER = "24 hours"
"""A note written down longer than this after what it is about is a late entry."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "ck": "%(table_name)s_%(constraint_name)s_check",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        bytes: LargeBinary(),
    }


class Versioned:
    """What every row that can change carries; `version` counts its edits from 1."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=1)
    version: Mapped[int] = mapped_column(server_default=text("1"), sort_order=1)


class OfTenant(Base):
    """A row of a tenant. The policies in the migrations compare `tenant_id` with the tenant that is set."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class Identified(OfTenant):
    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


class Entity(Versioned, Identified):
    """What clients create and change."""

    __abstract__ = True


def one_of(column: str, vocabulary: Iterable[str]) -> CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in vocabulary)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def of_a_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenants.id"])


def points_to(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def _trigrams(name: str, *columns: str) -> Index:
    return Index(
        name, "tenant_id", *columns, postgresql_using="gin", postgresql_ops=dict.fromkeys(columns, "gin_trgm_ops")
    )


class Tenant(Versioned, Base):
    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("slug"), one_of("status", words.TenantStatus))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default=text("'en'"))


class Facility(Entity):
    __tablename__ = "facilities"
    __table_args__ = (
        of_a_tenant(),
        one_of("status", words.FacilityStatus),
        Index("facilities_by_name", "tenant_id", "name", "id"),
    )

    name: Mapped[str]
    time_zone: Mapped[str]
    status: Mapped[str]


class Practitioner(Entity):
    """`subject` is the `sub` of this person's tokens: how a caller is recognised as an author."""

    __tablename__ = "practitioners"
    __table_args__ = (
        of_a_tenant(),
        UniqueConstraint("tenant_id", "subject"),
        UniqueConstraint("tenant_id", "email"),
        one_of("role", words.PractitionerRole),
        Index("practitioners_by_name", "tenant_id", "name", "id"),
    )

    subject: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    role: Mapped[str]


class PractitionerFacility(OfTenant):
    __tablename__ = "practitioner_facilities"
    __table_args__ = (
        of_a_tenant(),
        points_to("practitioners", "practitioner_id"),
        points_to("facilities", "facility_id"),
    )

    practitioner_id: Mapped[UUID] = mapped_column(primary_key=True)
    facility_id: Mapped[UUID] = mapped_column(primary_key=True)


class Patient(Entity):
    __tablename__ = "patients"
    __table_args__ = (
        of_a_tenant(),
        points_to("facilities", "facility_id"),
        UniqueConstraint("tenant_id", "mrn"),
        one_of("status", words.PatientStatus),
        CheckConstraint("(status = 'DISCHARGED') = (discharged_at IS NOT NULL)", name="discharged_at"),
        Index("patients_by_name", "tenant_id", "name", "id"),
        Index("patients_by_facility", "tenant_id", "facility_id", "name", "id"),
        Index("patients_by_creation", "tenant_id", "created_at", "id"),
        _trigrams("patients_search", "name", "email", "mrn"),
    )

    facility_id: Mapped[UUID]
    mrn: Mapped[str]
    name: Mapped[str]
    birth_date: Mapped[date]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    time_zone: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str]
    discharged_at: Mapped[datetime | None]


class Note(Entity):
    """Only a PRELIMINARY note can be updated: a policy says so. What comes later goes through named functions."""

    __tablename__ = "notes"
    __table_args__ = (
        of_a_tenant(),
        points_to("patients", "patient_id"),
        points_to("facilities", "facility_id"),
        points_to("practitioners", "author_id"),
        points_to("practitioners", "signed_by_id"),
        points_to("practitioners", "retracted_by_id"),
        one_of("category", words.NoteCategory),
        one_of("priority", words.NotePriority),
        one_of("shift", words.Shift),
        one_of("status", words.NoteStatus),
        CheckConstraint("num_nulls(signed_at, signed_by_id, content_hash) IN (0, 3)", name="signature"),
        CheckConstraint(
            "CASE status WHEN 'PRELIMINARY' THEN signed_at IS NULL WHEN 'ENTERED_IN_ERROR' THEN true "
            "ELSE signed_at IS NOT NULL END",
            name="signed",
        ),
        CheckConstraint(
            "num_nonnulls(retracted_at, retracted_by_id, retraction_reason) = "
            "CASE status WHEN 'ENTERED_IN_ERROR' THEN 3 ELSE 0 END",
            name="retraction",
        ),
        Index("notes_by_time", "tenant_id", "effective_at", "id"),
        Index("notes_by_recording", "tenant_id", "recorded_at", "id"),
        Index("notes_by_patient", "tenant_id", "patient_id", "effective_at", "id"),
        Index("notes_by_facility", "tenant_id", "facility_id", "effective_at", "id"),
        Index("notes_by_author", "tenant_id", "author_id", "effective_at", "id"),
        _trigrams("notes_search", "text"),
    )

    patient_id: Mapped[UUID]
    facility_id: Mapped[UUID]
    author_id: Mapped[UUID]
    category: Mapped[str]
    priority: Mapped[str]
    shift: Mapped[str]
    status: Mapped[str]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    late_entry: Mapped[bool] = mapped_column(
        Computed(f"recorded_at - effective_at > interval '{LATE_AFTER}'", persisted=True)
    )
    text: Mapped[str]
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[UUID | None]
    content_hash: Mapped[bytes | None]
    retracted_at: Mapped[datetime | None]
    retracted_by_id: Mapped[UUID | None]
    retraction_reason: Mapped[str | None]


class NoteVersion(OfTenant):
    """What a preliminary note said before an edit. Rows are only ever added."""

    __tablename__ = "note_versions"
    __table_args__ = (
        of_a_tenant(),
        points_to("notes", "note_id"),
        points_to("facilities", "facility_id"),
        points_to("practitioners", "replaced_by_id"),
    )

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[UUID]
    category: Mapped[str]
    priority: Mapped[str]
    shift: Mapped[str]
    effective_at: Mapped[datetime]
    text: Mapped[str]
    replaced_at: Mapped[datetime] = mapped_column(server_default=func.now())
    replaced_by_id: Mapped[UUID]


class Addendum(Identified):
    """What was added to a signed note. Rows are only ever added, and a policy wants the note to be signed."""

    __tablename__ = "addenda"
    __table_args__ = (
        of_a_tenant(),
        points_to("notes", "note_id"),
        points_to("practitioners", "author_id"),
        one_of("kind", words.AddendumKind),
        Index("addenda_by_note", "tenant_id", "note_id", "signed_at", "id"),
    )

    note_id: Mapped[UUID]
    author_id: Mapped[UUID]
    kind: Mapped[str]
    reason: Mapped[str]
    text: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKey(Entity):
    __tablename__ = "api_keys"
    __table_args__ = (of_a_tenant(), UniqueConstraint("tenant_id", "digest"), one_of("role", TENANT_ROLES))

    name: Mapped[str]
    subject: Mapped[str]
    role: Mapped[str]
    digest: Mapped[bytes]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(OfTenant):
    """One effect per tenant, subject, mutation and key. No foreign key: the platform's own keys have no tenant's row."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idempotency_keys_by_age", "tenant_id", "created_at"),)

    subject: Mapped[str] = mapped_column(primary_key=True)
    mutation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    result_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
