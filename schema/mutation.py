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
    preferences,
    reminder_managing,
    reminder_rules,
    reminder_scheduling,
    template_publishing,
    tenants,
)
from schema.appointment import Appointment
from schema.facility import Facility
from schema.fields import answered_by, column
from schema.note import Addendum, Note
from schema.patient import Patient
from schema.practitioner import Practitioner
from schema.preference import ContactPreference
from schema.reminder import Reminder
from schema.reminder_rule import ReminderRule
from schema.template import Template
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


@strawberry.type(description="The reminder as it is now.")
class ReminderPayload:
    reminder: Reminder = column("The reminder.")


@strawberry.type(description="How many dead reminders there are, or were replayed.")
class ReplayPayload:
    count: int = column("How many.")
    replayed: bool = column("Whether they are replayed. If not, ask with this count as `expectedCount`.")


@strawberry.type(description="The rule as it is now.")
class ReminderRulePayload:
    reminder_rule: ReminderRule = column("The rule.")


@strawberry.type(description="The template as it is now.")
class TemplatePayload:
    template: Template = column("The template.")


@strawberry.type(description="The preference as it is now, and whose it is.")
class ContactPreferencePayload:
    patient: Patient = column("The patient.")
    preference: ContactPreference = column("What they allow on the channel.")


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
    create_reminder_rule: ReminderRulePayload | None = answered_by(
        reminder_rules.create_reminder_rule, Permission.ORGANIZATION_WRITE, weighs=100
    )
    update_reminder_rule: ReminderRulePayload | None = answered_by(
        reminder_rules.update_reminder_rule, Permission.ORGANIZATION_WRITE, weighs=100
    )
    create_template: TemplatePayload | None = answered_by(
        template_publishing.create_template, Permission.ORGANIZATION_WRITE
    )
    publish_template: TemplatePayload | None = answered_by(
        template_publishing.publish_template, Permission.ORGANIZATION_WRITE
    )
    set_contact_preference: ContactPreferencePayload | None = answered_by(
        preferences.set_contact_preference, Permission.PATIENTS_WRITE
    )
    schedule_reminder: ReminderPayload | None = answered_by(
        reminder_scheduling.schedule_reminder, Permission.REMINDERS_WRITE
    )
    cancel_reminder: ReminderPayload | None = answered_by(reminder_managing.cancel_reminder, Permission.REMINDERS_WRITE)
    snooze_reminder: ReminderPayload | None = answered_by(reminder_managing.snooze_reminder, Permission.REMINDERS_WRITE)
    replay_reminders: ReplayPayload | None = answered_by(
        reminder_managing.replay_reminders, Permission.REMINDERS_WRITE, weighs=100
    )
