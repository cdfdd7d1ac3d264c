"""Events, written in the transaction that causes them: each mutation says what it did to which rows."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CTE, Text, Uuid, bindparam, func, insert, literal, select

from db.appointment_tables import Appointment
from db.event_kinds import (
    REMINDER,
    AppointmentEventKind,
    FacilityEventKind,
    NoteEventKind,
    PatientEventKind,
)
from db.event_tables import OutboxEvent
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Entity, Facility, Note, Patient

commit_watchers: list[Callable[[UUID], None]] = []
"""Called with the tenant after a commit with events: a hint that spares a relay the wait for its next look."""

_COLUMNS = ["tenant_id", "kind", "type", "entity_id", "facility_id", "patient_id", "payload"]


def _events(model: type[Entity], facility: Any, patient: Any, **payload: Any) -> Prepared:
    """Reads from the rows themselves what the events tell of them."""
    left = bindparam("left", type_=Uuid())
    told = {**payload, "version": model.version, "left_facility_id": func.nullif(left, facility)}
    rows = select(
        TENANT,
        bindparam("kind", type_=Text()),
        literal(model.__name__),
        model.id,
        facility,
        patient,
        func.jsonb_strip_nulls(func.jsonb_build_object(*(part for pair in told.items() for part in pair))),
    ).where(model.tenant_id == TENANT, model.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
    return Prepared(insert(OutboxEvent).from_select(_COLUMNS, rows))


_NOBODY = literal(None, Uuid())
_WRITING = {
    NoteEventKind: _events(
        *(Note, Note.facility_id, Note.patient_id),
        author_id=Note.author_id,
        category=Note.category,
        priority=Note.priority,
        shift=Note.shift,
        status=Note.status,
    ),
    PatientEventKind: _events(Patient, Patient.facility_id, Patient.id, status=Patient.status),
    FacilityEventKind: _events(Facility, Facility.id, _NOBODY, status=Facility.status),
    AppointmentEventKind: _events(
        *(Appointment, Appointment.facility_id, Appointment.patient_id),
        practitioner_id=Appointment.practitioner_id,
        status=Appointment.status,
    ),
}


async def append(scope: Scope, kind: StrEnum, *ids: UUID, left: UUID | None = None) -> None:
    """For rows that this transaction wrote. `left` is the facility where they were before, if that changed."""
    await scope.run(_WRITING[type(kind)], kind=kind, ids=ids, left=left)
    announce(scope)


def announce(scope: Scope) -> None:
    """For events that another statement of the scope wrote."""
    scope.after_commit = lambda: _tell(scope.tenant_id)


def _tell(tenant_id: UUID) -> None:
    for watcher in commit_watchers:
        watcher(tenant_id)


def of_reminders(changed: CTE) -> Any:
    """Writes an event for each. `changed` has their `id`, `patient_id`, `appointment_id`, `status` and `channel`."""
    reminder = changed.c
    payload = func.jsonb_build_object("appointment_id", reminder.appointment_id, "channel", reminder.channel)
    rows = select(
        TENANT, reminder.status, literal(REMINDER), reminder.id, Appointment.facility_id, reminder.patient_id, payload
    ).select_from(
        changed.outerjoin(Appointment, (Appointment.tenant_id == TENANT) & (Appointment.id == reminder.appointment_id))
    )
    return insert(OutboxEvent).from_select(_COLUMNS, rows)
