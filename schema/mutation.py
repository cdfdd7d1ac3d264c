import strawberry

from auth import Permission
from resolvers import (
    addenda,
    appointment_transitions,
    appointment_writing,
    facilities,
    note_writing,
    patients,
    practitioners,
    tenants,
)
from schema.appointment import Appointment
from schema.facility import Facility
from schema.fields import answered_by, column
from schema.note import Addendum, Note
from schema.patient import Patient
from schema.practitioner import Practitioner
from schema.tenant import Tenant


@strawberry.type(description="The tenant as it is now.")
class TenantPayload:
    tenant: Tenant = column("The tenant.")


@strawberry.type(description="The facility as it is now.")
class FacilityPayload:
    facility: Facility = column("The facility.")


@strawberry.type(description="The practitioner as they are now.")
class PractitionerPayload:
    practitioner: Practitioner = column("The practitioner.")


@strawberry.type(description="The patient as they are now.")
class PatientPayload:
    patient: Patient = column("The patient.")


@strawberry.type(description="The note as it is now.")
class NotePayload:
    note: Note = column("The note.")


@strawberry.type(description="The appointment as it is now.")
class AppointmentPayload:
    appointment: Appointment = column("The appointment.")


@strawberry.type(description="The addendum, and the note as it is now.")
class AddendumPayload:
    note: Note = column("The note that was added to.")
    addendum: Addendum = column("What was added.")


@strawberry.type(
    description=(
        "Everything that can be changed. Each field is one transaction: it happens whole, or not at all. "
        "A field that fails is null and leaves the answers of the others alone."
    )
)
class Mutation:
    create_tenant: TenantPayload | None = answered_by(tenants.create_tenant, Permission.TENANTS_WRITE)
    update_tenant: TenantPayload | None = answered_by(
        tenants.update_tenant, Permission.TENANTS_WRITE, Permission.ORGANIZATION_WRITE
    )
    suspend_tenant: TenantPayload | None = answered_by(tenants.suspend_tenant, Permission.TENANTS_WRITE)
    resume_tenant: TenantPayload | None = answered_by(tenants.resume_tenant, Permission.TENANTS_WRITE)
    create_facility: FacilityPayload | None = answered_by(facilities.create_facility, Permission.ORGANIZATION_WRITE)
    update_facility: FacilityPayload | None = answered_by(facilities.update_facility, Permission.ORGANIZATION_WRITE)
    create_practitioner: PractitionerPayload | None = answered_by(
        practitioners.create_practitioner, Permission.ORGANIZATION_WRITE
    )
    update_practitioner: PractitionerPayload | None = answered_by(
        practitioners.update_practitioner, Permission.ORGANIZATION_WRITE
    )
    create_patient: PatientPayload | None = answered_by(patients.create_patient, Permission.PATIENTS_WRITE)
    update_patient: PatientPayload | None = answered_by(patients.update_patient, Permission.PATIENTS_WRITE)
    discharge_patient: PatientPayload | None = answered_by(patients.discharge_patient, Permission.PATIENTS_WRITE)
    create_note: NotePayload | None = answered_by(note_writing.create_note, Permission.NOTES_WRITE)
    update_note: NotePayload | None = answered_by(note_writing.update_note, Permission.NOTES_WRITE)
    sign_note: NotePayload | None = answered_by(note_writing.sign_note, Permission.NOTES_WRITE)
    add_addendum: AddendumPayload | None = answered_by(addenda.add_addendum, Permission.NOTES_WRITE)
    mark_note_entered_in_error: NotePayload | None = answered_by(
        note_writing.mark_note_entered_in_error, Permission.NOTES_WRITE
    )
    book_appointment: AppointmentPayload | None = answered_by(
        appointment_writing.book_appointment, Permission.APPOINTMENTS_WRITE
    )
    reschedule_appointment: AppointmentPayload | None = answered_by(
        appointment_writing.reschedule_appointment, Permission.APPOINTMENTS_WRITE
    )
    transition_appointment: AppointmentPayload | None = answered_by(
        appointment_transitions.transition_appointment, Permission.APPOINTMENTS_WRITE
    )
    cancel_appointment: AppointmentPayload | None = answered_by(
        appointment_transitions.cancel_appointment, Permission.APPOINTMENTS_WRITE
    )
