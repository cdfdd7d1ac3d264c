"""What the messages of a batch are made of: the words of their templates, and whom and what each is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, func, select

from db.appointment_tables import Appointment
from db.reminder_tables import Reminder, Template, TemplateText
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Facility, Patient, Practitioner, Tenant


class Occasion(NamedTuple):
    """Of one reminder. Without an appointment, the facility is the patient's, the zone too, and the rest is None.

    `version` is that of the template which is published; None before the first is. Without a template it has a text of its own.
    """

    reminder_id: UUID
    patient_id: UUID
    template_id: UUID | None
    version: int | None
    text: str | None
    locale: str
    tenant_locale: str
    time_zone: str
    patient_name: str
    facility_name: str
    tenant_name: str
    practitioner_name: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class Spoken(NamedTuple):
    """A template, and on which channels its published version says something."""

    template_id: UUID
    context: str
    channels: Sequence[str]


class Wording(NamedTuple):
    """What one version of a template says in one language, on the channel that was asked for."""

    template_id: UUID
    version: int
    locale: str
    subject: str
    text: str
    html: str | None


async def occasions(scope: Scope, reminders: Sequence[UUID]) -> Sequence[Occasion]:
    """In no order. As of now: what has been renamed is called by its new name."""
    return await scope.rows(_OCCASIONS, Occasion, reminders=reminders)


async def spoken(scope: Scope, template_id: UUID) -> Spoken | None:
    return await scope.row(_SPOKEN, Spoken, template_id=template_id)


async def wordings(scope: Scope, channel: str, templates: Sequence[UUID]) -> Sequence[Wording]:
    """In all languages of the versions that are published."""
    return await scope.rows(_WORDINGS, Wording, channel=channel, templates=templates)


def _occasions() -> Any:
    return (
        select(
            Reminder.id.label("reminder_id"),
            Reminder.patient_id,
            Reminder.template_id,
            Template.published.label("version"),
            Reminder.text,
            Patient.locale,
            Tenant.locale.label("tenant_locale"),
            func.coalesce(Appointment.time_zone, Patient.time_zone).label("time_zone"),
            Patient.name.label("patient_name"),
            Facility.name.label("facility_name"),
            Tenant.name.label("tenant_name"),
            Practitioner.name.label("practitioner_name"),
            Appointment.starts_at,
            Appointment.ends_at,
        )
        .select_from(Reminder)
        .join(Tenant, Tenant.id == TENANT)
        .join(Patient, (Patient.tenant_id == TENANT) & (Patient.id == Reminder.patient_id))
        .outerjoin(Template, (Template.tenant_id == TENANT) & (Template.id == Reminder.template_id))
        .outerjoin(Appointment, (Appointment.tenant_id == TENANT) & (Appointment.id == Reminder.appointment_id))
        .outerjoin(Practitioner, (Practitioner.tenant_id == TENANT) & (Practitioner.id == Appointment.practitioner_id))
        .join(
            Facility,
            (Facility.tenant_id == TENANT)
            & (Facility.id == func.coalesce(Appointment.facility_id, Patient.facility_id)),
        )
        .where(
            Reminder.tenant_id == TENANT,
            Reminder.id == func.any(bindparam("reminders", type_=ARRAY(Uuid()))),
        )
    )


def _spoken() -> Any:
    said = TemplateText
    channels = (
        select(said.channel)
        .distinct()
        .where(said.tenant_id == TENANT, said.template_id == Template.id, said.version == Template.published)
    )
    return select(
        Template.id.label("template_id"), Template.context, func.array(channels.scalar_subquery()).label("channels")
    ).where(Template.tenant_id == TENANT, Template.id == bindparam("template_id", type_=Uuid()))


def _wordings() -> Any:
    said = TemplateText
    return (
        select(said.template_id, said.version, said.locale, said.subject, said.text, said.html)
        .join(Template, (Template.tenant_id == TENANT) & (Template.id == said.template_id))
        .where(
            said.tenant_id == TENANT,
            said.template_id == func.any(bindparam("templates", type_=ARRAY(Uuid()))),
            said.version == Template.published,
            said.channel == bindparam("channel", type_=Text()),
        )
    )


_OCCASIONS = Prepared(_occasions())
_SPOKEN = Prepared(_spoken())
_WORDINGS = Prepared(_wordings())
