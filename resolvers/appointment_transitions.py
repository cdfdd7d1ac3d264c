"""An appointment's way through its states (`db.appointment_states`), which the function `transition_appointment` guards."""

import strawberry
from sqlalchemy import func, select

from db import outbox, reminders
from db.appointment_states import OCCUPYING, PLANNED, TRANSITIONS
from db.appointment_tables import Appointment
from db.event_kinds import AppointmentEventKind
from db.scope import Scope
from db.vocabulary import AppointmentStatus, ReminderReason
from errors import CareError, Conflict, Invalid, NotFound
from resolvers import checks
from resolvers.appointment_writing import AppointmentPayload, payload, practitioner_of, take_turn
from resolvers.context import Info
from resolvers.mutating import Edit, argument, identity, once, refuse_stale
from resolvers.references import row_id

_REASONS = dict.fromkeys(
    (AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR), ReminderReason.APPOINTMENT_CANCELLED
)


@strawberry.input(description="Which state an appointment comes to.")
class TransitionAppointmentInput(Edit):
    to: AppointmentStatus = strawberry.field(description="The state. For CANCELLED there is `cancelAppointment`.")


async def transition_appointment(info: Info, input: TransitionAppointmentInput) -> AppointmentPayload:
    """Takes an appointment to its next state.

    `CONFLICT` where the state that it is in does not lead there, with those that it leads to; where the practitioner has
    another appointment at that time and both are exclusive; and for a NOSHOW before it begins.
    """
    if input.to is AppointmentStatus.CANCELLED:
        raise Invalid("Cancelling takes a reason: use `cancelAppointment`.", argument("to"))
    return await _transition(info, input, input.to)


@strawberry.input(description="Which appointment will not take place.")
class CancelAppointmentInput(Edit):
    reason: str = strawberry.field(description="Why; up to 200 characters.")


async def cancel_appointment(info: Info, input: CancelAppointmentInput) -> AppointmentPayload:
    """Cancels an appointment. `CONFLICT` where it took place, or was given up already."""
    reason = checks.line(input.reason, argument("reason"))
    return await _transition(info, input, AppointmentStatus.CANCELLED, reason)


async def _transition(info: Info, input: Edit, to: AppointmentStatus, reason: str | None = None) -> AppointmentPayload:
    appointment_id = row_id("Appointment", input.id, argument("id"))

    async def work(scope: Scope) -> None:
        if to in OCCUPYING:
            await take_turn(scope, practitioner_of(scope, appointment_id))
        moved = select(func.transition_appointment(scope.tenant_id, appointment_id, to, reason))
        version = await scope.value(moved)
        if version is None:
            raise await _refusal(scope, input, to)
        refuse_stale(input.expected_version, version - 1)
        cancelled = to is AppointmentStatus.CANCELLED
        kind = AppointmentEventKind.CANCELLED if cancelled else AppointmentEventKind.TRANSITIONED
        await outbox.append(scope, kind, appointment_id)
        if to is AppointmentStatus.BOOKED:
            await reminders.book(scope, appointment_id)
        elif to not in PLANNED:
            await reminders.cancel(scope, appointment_id, _REASONS.get(to, ReminderReason.APPOINTMENT_OVER))

    return await payload(info, await once(info, input, appointment_id, work))


async def _refusal(scope: Scope, input: Edit, to: AppointmentStatus) -> CareError:
    """Why it cannot come to that state."""
    this = identity(scope, Appointment, row_id("Appointment", input.id, argument("id")))
    status = await scope.value(select(Appointment.status).where(*this))
    if status is None:
        return NotFound("appointment", argument("id"))
    allowed = TRANSITIONS[AppointmentStatus(status)]
    if to is AppointmentStatus.NOSHOW and to in allowed:
        return Conflict("It has not begun: nobody can have failed to come yet.", reason="APPOINTMENT_NOT_BEGUN")
    leads = f"it can become {', '.join(allowed)}" if allowed else "nothing follows that"
    return Conflict(
        f"This appointment is {status} and cannot become {to}: {leads}.",
        reason="APPOINTMENT_STATUS",
        **{"from": status, "to": to, "allowed": allowed},
    )
