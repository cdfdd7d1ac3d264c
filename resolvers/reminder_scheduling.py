"""One-off reminders: of no rule, at a time or at once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import strawberry
from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.appointment_tables import Appointment
from db.due_times import LONGEST
from db.reminder_tables import LONGEST_TEXT
from db.reminders.intervening import OneOff, schedule
from db.reminders.wording import Spoken
from db.scope import Scope
from db.tables import Patient
from db.vocabulary import AppointmentStatus, Channel, PatientStatus, ReminderPriority, TemplateContext
from errors import Conflict, Invalid, NotFound
from resolvers import checks
from resolvers.context import Info
from resolvers.mutating import Mutation, argument, identity, once
from resolvers.references import row_id
from resolvers.reminder_managing import ReminderPayload, payload
from resolvers.template_choice import check_channels, template_given

IN_TIME = timedelta(hours=24)
"""How late a reminder of no appointment may be sent, if nothing else is said."""


@strawberry.input(description="A reminder of no rule. What it says: a template, or a text of its own.")
class ScheduleReminderInput(Mutation):
    patient_id: strawberry.ID = strawberry.field(description="To whom.")
    appointment_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="What it is about: an appointment of the patient that is BOOKED. Where that is moved, cancelled or over, "
        "the reminder is CANCELLED.",
    )
    template_id: strawberry.ID | None = strawberry.field(
        default=None, description="What it says. One of the context APPOINTMENT takes an appointment."
    )
    text: str | None = strawberry.field(
        default=None,
        description="What it says, if no template does: one line of up to 200 characters, without variables. It stands on a "
        "locked screen, so never clinical text, nor what the appointment is for: its `serviceType` is refused.",
    )
    channels: list[Channel] = strawberry.field(description="The channels that are tried in turn, each once.")
    priority: ReminderPriority = strawberry.field(
        default=ReminderPriority.NORMAL, description="How soon it goes where many are due."
    )
    send_at: datetime | None = strawberry.field(
        default=None, description="When it is due: in the future, at the latest a year from now. At once if not given."
    )
    not_after: datetime | None = strawberry.field(
        default=None,
        description="After this instant it is not sent any more. If not given: when the appointment begins, or 24 hours after "
        "it is due.",
    )


async def schedule_reminder(info: Info, input: ScheduleReminderInput) -> ReminderPayload:
    """Schedules a reminder for a patient, who has to have consented by the time it is sent; quiet hours count.

    `CONFLICT` where the patient is no longer in care, and where the appointment is not BOOKED.
    """
    reminder_id, patient_id = uuid7(), row_id("Patient", input.patient_id, argument("patient_id"))
    channels = checks.channels(input.channels, argument("channels"))
    text = None if input.text is None else checks.line(input.text, argument("text"), LONGEST_TEXT)
    if (text is None) == (input.template_id is None):
        raise Invalid("Give `templateId` or `text`.", argument("template_id"))
    _check_time(input.send_at)

    async def work(scope: Scope) -> None:
        await _check_patient(scope, patient_id)
        about, template = input.appointment_id, input.template_id
        appointment = None if about is None else await _appointment(scope, about, patient_id)
        said = None if template is None else await template_given(scope, template)
        _check_words(said, text, channels, appointment)
        await schedule(
            scope,
            OneOff(
                reminder_id=reminder_id,
                patient_id=patient_id,
                appointment_id=appointment.id if appointment else None,
                generation=appointment.generation if appointment else None,
                template_id=said.template_id if said else None,
                text=text,
                channels=channels,
                priority=input.priority,
                due_at=input.send_at,
                not_after=_not_after(input, appointment),
            ),
        )

    return await payload(info, await once(info, input, reminder_id, work))


def _check_time(send_at: datetime | None) -> None:
    now = datetime.now(UTC)
    if send_at is not None and not now < send_at <= now + LONGEST:
        raise Invalid(
            "`sendAt` is in the future, and at the latest a year from now. Leave it out to send at once.",
            argument("send_at"),
        )


def _not_after(input: ScheduleReminderInput, appointment: Appointment | None) -> datetime:
    """Raises Invalid where it could not be sent before that."""
    due_at = input.send_at or datetime.now(UTC)
    not_after = input.not_after or (due_at + IN_TIME if appointment is None else appointment.starts_at)
    if not_after <= due_at:
        if input.not_after is None:
            raise Invalid(
                "The appointment has begun by then. Give `notAfter` to send it all the same.", argument("send_at")
            )
        raise Invalid("`notAfter` is after the reminder is due.", argument("not_after"))
    return not_after


def _check_words(said: Spoken | None, text: str | None, channels: list[Channel], about: Appointment | None) -> None:
    """Raises Invalid."""
    if said is not None:
        check_channels(said, channels)
        if about is None and said.context == TemplateContext.APPOINTMENT:
            raise Invalid("This template speaks of an appointment: give `appointmentId`.", argument("template_id"))
    # Templates cannot say it either (`templates.values`): it tells what somebody is treated for.
    if text is not None and about is not None and about.service_type.casefold() in text.casefold():
        raise Invalid("This says what the appointment is for; a reminder does not.", argument("text"))


async def _check_patient(scope: Scope, patient_id: UUID) -> None:
    """Raises NotFound, and Conflict where their care has ended."""
    status = await scope.value(select(Patient.status).where(*identity(scope, Patient, patient_id)))
    if status is None:
        raise NotFound("patient", argument("patient_id"))
    if status == PatientStatus.DISCHARGED:
        raise Conflict("The patient's care has ended: nothing is sent to them.", reason="PATIENT_DISCHARGED")


async def _appointment(scope: Scope, global_id: str, patient_id: UUID) -> Appointment:
    """The patient's appointment, as it stays until the transaction ends. Raises NotFound, and Conflict unless it is BOOKED."""
    this = identity(scope, Appointment, row_id("Appointment", global_id, argument("appointment_id")))
    found = await scope.row(
        select(Appointment.__table__).where(*this, Appointment.patient_id == patient_id).with_for_update(read=True),
        Appointment,
    )
    if found is None:
        found = await scope.row(
            select(Appointment.__table__).where(*this, Appointment.patient_id == patient_id), Appointment
        )
        if found is None:
            raise NotFound("appointment", argument("appointment_id"))
    if found.status != AppointmentStatus.BOOKED:
        raise Conflict(
            f"This appointment is {found.status}: only one that is BOOKED is reminded of.",
            reason="APPOINTMENT_STATUS",
            status=found.status,
        )
    return found
