"""The table of appointments."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.appointment_states import OCCUPYING, UPCOMING
from db.tables import Entity, of_a_tenant, one_of, points_to
from db.vocabulary import AppointmentStatus

LONGEST = timedelta(hours=24)
"""The most that an appointment may last. So what reaches into a stretch of time begins no longer than this before it."""


def _in(states: Iterable[AppointmentStatus]) -> str:
    return "status IN (" + ", ".join(f"'{state}'" for state in states) + ")"


class Appointment(Entity):
    """The role of the application can move it while it is planned; its status changes by `transition_appointment` alone.

    `time_zone` is the clock that its times are told by. `generation` counts its times from 1: each reschedule is another.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        of_a_tenant(),
        points_to("patients", "patient_id"),
        points_to("practitioners", "practitioner_id"),
        points_to("facilities", "facility_id"),
        one_of("status", AppointmentStatus),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        CheckConstraint(f"ends_at - starts_at <= interval '{LONGEST // timedelta(hours=1)} hours'", name="length"),
        CheckConstraint("generation >= 1", name="generation"),
        CheckConstraint(
            "CASE status WHEN 'CANCELLED' THEN cancel_reason IS NOT NULL WHEN 'ENTERED_IN_ERROR' THEN true "
            "ELSE cancel_reason IS NULL END",
            name="cancel_reason",
        ),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("practitioner_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text(f"exclusive AND {_in(OCCUPYING)}"),
            using="gist",
            name="appointments_double_booking_excl",
        ),
        Index("appointments_by_time", "tenant_id", "starts_at", "id"),
        Index("appointments_by_patient", "tenant_id", "patient_id", "starts_at", "id"),
        Index("appointments_by_practitioner", "tenant_id", "practitioner_id", "starts_at", "id"),
        Index("appointments_upcoming", "tenant_id", "starts_at", "id", postgresql_where=text(_in(UPCOMING))),
    )

    patient_id: Mapped[UUID]
    practitioner_id: Mapped[UUID]
    facility_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    time_zone: Mapped[str]
    service_type: Mapped[str]
    exclusive: Mapped[bool]
    status: Mapped[str]
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    cancel_reason: Mapped[str | None]
