"""The tables of reminders: the rules they are made by, what patients allow, each reminder, and the queue of those to be sent.

A reminder that is to be sent is two rows: its record, which stays, and its place in the queue, which goes when it is settled.
So what dispatchers write again and again is small, and settling changes no indexed column of the record
(docs/decisions/0015).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables import Entity, OfTenant, of_a_tenant, one_of, points_to
from db.vocabulary import (
    AttemptOutcome,
    Channel,
    ReceiptKind,
    ReminderPriority,
    ReminderReason,
    ReminderStatus,
    TemplateContext,
)

LONGEST_TEXT = 200
"""Characters that a one-off reminder may say of its own: a line on a locked screen."""

_NONE_YET = text("0")
_CHANNELS = ", ".join(f"'{channel}'" for channel in Channel)


def _channels() -> CheckConstraint:
    return CheckConstraint(f"cardinality(channels) > 0 AND channels <@ ARRAY[{_CHANNELS}]", name="channels")


class Template(Entity):
    """Its texts are versions; `published` is the one that goes out, none before the first is published."""

    __tablename__ = "templates"
    __table_args__ = (of_a_tenant(), one_of("context", TemplateContext), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str]
    context: Mapped[str] = mapped_column(server_default=text("'APPOINTMENT'"))
    published: Mapped[int | None]


class TemplateText(OfTenant):
    """What a version of a template says on one channel in one language (BCP 47). Rows are only ever added."""

    __tablename__ = "template_texts"
    __table_args__ = (of_a_tenant(), points_to("templates", "template_id"), one_of("channel", Channel))

    template_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str | None]
    text: Mapped[str]
    html: Mapped[str | None]
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReminderRule(Entity):
    """`lead_time` is an offset as `db.due_times` reads it. `channels` are tried in turn. While `pending_after` is there, the
    rule as it is now has still to be applied to the appointments that start later.
    """

    __tablename__ = "reminder_rules"
    __table_args__ = (
        of_a_tenant(),
        points_to("templates", "template_id"),
        one_of("priority", ReminderPriority),
        _channels(),
        UniqueConstraint("tenant_id", "name"),
        Index("reminder_rules_pending", "tenant_id", "id", postgresql_where=text("pending_after IS NOT NULL")),
    )

    name: Mapped[str]
    lead_time: Mapped[str]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    template_id: Mapped[UUID]
    priority: Mapped[str]
    active: Mapped[bool]
    pending_after: Mapped[datetime | None]


class ContactPreference(OfTenant):
    """What a patient allows on a channel. Without a row, or before consent, nothing is sent; an opt-out ends a consent.

    `quiet_hours` are windows of the week by the patient's clock, `[[5, "22:00", "07:00"]]`, as `db.quiet_hours` has them.
    `address` is where to, such as a device's token; for EMAIL the patient's record has it. Who recorded a consent or an opt-out
    is the `sub` of their token; null where the patient did it.
    """

    __tablename__ = "contact_preferences"
    __table_args__ = (of_a_tenant(), points_to("patients", "patient_id"), one_of("channel", Channel))

    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    consented_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    consent_recorded_by: Mapped[str | None]
    opt_out_recorded_by: Mapped[str | None]
    address: Mapped[str | None]
    quiet_hours: Mapped[Any] = mapped_column(JSONB(), server_default=text("'[]'"))


class Reminder(Entity):
    """The record of a reminder. One of a rule belongs to a generation of an appointment; the others are one-off, may be about
    an appointment, too, and say what a template says or a text of their own.

    `status_reason` says why it was not sent. `channel` is the one that settled it, `settled_at` when; both null while it is
    SCHEDULED. `attempt_count` is as of then, too: the queue counts meanwhile.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        points_to("patients", "patient_id"),
        points_to("appointments", "appointment_id"),
        points_to("reminder_rules", "rule_id"),
        points_to("templates", "template_id"),
        UniqueConstraint("tenant_id", "appointment_id", "rule_id", "generation"),
        one_of("priority", ReminderPriority),
        one_of("status", ReminderStatus),
        one_of("status_reason", ReminderReason),
        _channels(),
        CheckConstraint(
            "num_nulls(appointment_id, generation) IN (0, 2) AND (rule_id IS NULL OR appointment_id IS NOT NULL)",
            name="origin",
        ),
        CheckConstraint("num_nonnulls(template_id, text) = 1", name="words"),
        CheckConstraint(f"char_length(text) <= {LONGEST_TEXT}", name="text"),
        CheckConstraint("(status = 'SCHEDULED') = (settled_at IS NULL)", name="settled"),
        CheckConstraint(
            "(status_reason IS NULL) = (status IN ('SCHEDULED', 'SENT', 'DELIVERED'))", name="reason_is_given"
        ),
        Index("reminders_by_time", "tenant_id", "due_at", "id"),
        Index("reminders_by_patient", "tenant_id", "patient_id", "due_at", "id"),
    )

    patient_id: Mapped[UUID]
    appointment_id: Mapped[UUID | None]
    rule_id: Mapped[UUID | None]
    generation: Mapped[int | None]
    template_id: Mapped[UUID | None]
    text: Mapped[str | None]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    priority: Mapped[str]
    due_at: Mapped[datetime]
    not_after: Mapped[datetime]
    status: Mapped[str]
    status_reason: Mapped[str | None]
    channel: Mapped[str | None]
    attempt_count: Mapped[int] = mapped_column(server_default=_NONE_YET)
    settled_at: Mapped[datetime | None]


class QueuedReminder(OfTenant):
    """The place of a reminder in the queue: on which channel it goes next, when, and who is at it.

    A claim writes a lease and counts an attempt. No index has these columns, so it touches none. `earlier_attempts` are those
    of the count that were made before it came back into the queue.
    """

    __tablename__ = "reminder_queue"
    __table_args__ = (
        points_to("reminders", "reminder_id"),
        one_of("channel", Channel),
        one_of("priority", ReminderPriority),
        CheckConstraint("num_nulls(lease_token, leased_until) IN (0, 2)", name="lease"),
        Index("reminder_queue_by_lane", "tenant_id", "channel", "priority", "next_attempt_at"),
    )

    reminder_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    priority: Mapped[str]
    next_attempt_at: Mapped[datetime]
    attempt_count: Mapped[int] = mapped_column(server_default=_NONE_YET)
    earlier_attempts: Mapped[int] = mapped_column(server_default=_NONE_YET)
    lease_token: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]


class DeliveryAttempt(OfTenant):
    """One try to hand a reminder to a provider; rows are only ever added. A number that is missing was never made."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (
        points_to("reminders", "reminder_id"),
        one_of("channel", Channel),
        one_of("outcome", AttemptOutcome),
    )

    reminder_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    provider: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str]
    provider_message_id: Mapped[str | None]
    error_code: Mapped[str | None]


class DeliveryReceipt(OfTenant):
    """What a provider told of an attempt that it had accepted; rows are only ever added."""

    __tablename__ = "delivery_receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "reminder_id", "number"],
            ["delivery_attempts.tenant_id", "delivery_attempts.reminder_id", "delivery_attempts.number"],
        ),
        one_of("kind", ReceiptKind),
    )

    reminder_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error_code: Mapped[str | None]


class DeliveryPause(OfTenant):
    """While it is there, no reminder of the tenant is sent on that channel. Those in the queue stay, and may expire."""

    __tablename__ = "delivery_pauses"
    __table_args__ = (of_a_tenant(), one_of("channel", Channel))

    channel: Mapped[str] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime]
    paused_by: Mapped[str]
