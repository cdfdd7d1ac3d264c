"""The tables of counts: what statistics are read from. They follow from the notes (docs/decisions/0009)."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables import OfTenant


class FigureVersion(OfTenant):
    """Grows with every commit that changes a note of the facility. Its row is also the lock of the facility's counts."""

    __tablename__ = "figure_versions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        ForeignKeyConstraint(["tenant_id", "facility_id"], ["facilities.tenant_id", "facilities.id"]),
    )

    facility_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger())


class FacilityDay(OfTenant):
    """A day of a facility's clock, all dimensions side by side: as many columns, whatever the number of notes."""

    __tablename__ = "facility_days"

    facility_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    notes: Mapped[int]
    late_entries: Mapped[int]
    category_assessment: Mapped[int]
    category_progress: Mapped[int]
    category_medication: Mapped[int]
    category_vitals: Mapped[int]
    category_nutrition: Mapped[int]
    category_mobility: Mapped[int]
    category_wound_care: Mapped[int]
    category_behaviour: Mapped[int]
    category_incident: Mapped[int]
    category_handover: Mapped[int]
    priority_low: Mapped[int]
    priority_normal: Mapped[int]
    priority_high: Mapped[int]
    priority_urgent: Mapped[int]
    status_preliminary: Mapped[int]
    status_final: Mapped[int]
    status_amended: Mapped[int]
    shift_day: Mapped[int]
    shift_evening: Mapped[int]
    shift_night: Mapped[int]


class NoteCount(OfTenant):
    """Notes of one combination of all dimensions, in a day or a month of the facility's clock."""

    __tablename__ = "note_counts"
    __table_args__ = (CheckConstraint("grain IN ('DAY', 'MONTH')", name="grain"),)

    facility_id: Mapped[UUID] = mapped_column(primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts: Mapped[date] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    priority: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    shift: Mapped[str] = mapped_column(primary_key=True)
    late_entry: Mapped[bool] = mapped_column(primary_key=True)
    notes: Mapped[int]


class NotePerson(OfTenant):
    """That a patient or an author has notes in a day or a month of the facility's clock: for exact unique counts."""

    __tablename__ = "note_people"
    __table_args__ = (
        CheckConstraint("grain IN ('DAY', 'MONTH')", name="grain"),
        CheckConstraint("part IN ('PATIENT', 'AUTHOR')", name="part"),
    )

    facility_id: Mapped[UUID] = mapped_column(primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts: Mapped[date] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    notes: Mapped[int]
