"""Inputs that are right, ways to send them, and what is in the database afterwards."""

import json
from typing import Any

from auth import Role
from tests.api import Api
from tests.factories import House

TABLES = (
    "facilities",
    "practitioners",
    "practitioner_facilities",
    "patients",
    "notes",
    "note_versions",
    "addenda",
    "appointments",
    "templates",
    "template_texts",
    "reminder_rules",
    "contact_preferences",
    "reminders",
    "reminder_queue",
    "idempotency_keys",
)


class Word(str):
    """An enum's value: without quotes where it stands in a document."""


ROLES = {"createTenant": Role.PLATFORM_ADMIN, "updateTenant": Role.ADMIN}
ROLES |= dict.fromkeys(
    ["createFacility", "updateFacility", "createPractitioner", "updatePractitioner", "createPatient", "updatePatient"],
    Role.ADMIN,
)
ROLES |= dict.fromkeys(
    ["createNote", "updateNote", "signNote", "addAddendum", "markNoteEnteredInError", "dischargePatient"],
    Role.CLINICIAN,
)
ROLES |= dict.fromkeys(
    ["bookAppointment", "rescheduleAppointment", "transitionAppointment", "cancelAppointment"], Role.COORDINATOR
)
PAYLOADS = {"Note": "note", "Patient": "patient", "Practitioner": "practitioner", "Facility": "facility"}
PAYLOADS |= {"Tenant": "tenant", "Addendum": "addendum", "Appointment": "appointment"}


def payload(mutation: str) -> str:
    return next(field for name, field in PAYLOADS.items() if name in mutation)


async def right(mutation: str, house: House) -> dict[str, Any]:
    """An input that would be accepted."""

    def gid(kind: str, row: Any) -> str:
        return house.gid(kind, row)

    match mutation:
        case "createTenant":
            return {"name": "A tenant", "slug": f"{house.slug}-{len(house.notes)}-new", "timeZone": "Europe/Berlin"}
        case "updateTenant":
            return {"id": gid("Tenant", house.tenant)}
        case "createFacility":
            return {"name": "Cedar", "timeZone": "Asia/Kolkata"}
        case "updateFacility":
            return {"id": gid("Facility", house.facilities[0])}
        case "createPractitioner":
            return {"subject": "new", "name": "Fay New", "email": "fay@house.example", "role": Word("NURSE")}
        case "updatePractitioner":
            return {"id": gid("Practitioner", house.practitioners[0])}
        case "createPatient":
            facility = gid("Facility", house.facilities[0])
            return {"facilityId": facility, "mrn": "NEW-1", "name": "Gil New", "birthDate": "1940-02-29"}
        case "updatePatient" | "dischargePatient":
            return {"id": gid("Patient", house.patients[0])}
        case "createNote":
            patient = gid("Patient", house.patients[0])
            return {"patientId": patient, "category": Word("PROGRESS"), "text": "Ate half of the meal."}
        case "addAddendum":
            note = gid("Note", await house.note(status="FINAL"))
            return {"noteId": note, "kind": Word("ADDITION"), "reason": "It was left out.", "text": "And the soup."}
        case "bookAppointment":
            who = {
                "patientId": gid("Patient", house.patients[0]),
                "practitionerId": gid("Practitioner", house.practitioners[0]),
            }
            return {
                **who,
                "start": "2026-03-03T09:00:00Z",
                "end": "2026-03-03T09:30:00Z",
                "serviceType": "Physiotherapy",
            }
        case "rescheduleAppointment":
            return {"id": gid("Appointment", await house.appointment()), "start": "2026-03-03T09:00:00Z"}
        case "transitionAppointment":
            return {"id": gid("Appointment", await house.appointment()), "to": Word("ARRIVED")}
        case "cancelAppointment":
            return {"id": gid("Appointment", await house.appointment()), "reason": "No transport."}
        case "markNoteEnteredInError":
            return {"id": gid("Note", await house.note()), "reason": "The other patient."}
    return {"id": gid("Note", await house.note())}


def literal(value: object) -> str:
    """The value as it stands in a document."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case Word():
            return str(value)
    return json.dumps(value)


def caller(api: Api, house: House, mutation: str) -> Api:
    """Somebody who may; the first practitioner where notes are written."""
    return api.as_(ROLES[mutation], house.tenant, "practitioner-0")


def by_variables(mutation: str, input: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = mutation[0].upper() + mutation[1:]
    return f"mutation($it: {kind}Input!) {{ {mutation}(input: $it) {{ {payload(mutation)} {{ id }} }} }}", {"it": input}


def inline(mutation: str, input: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return f"mutation {{ {mutation}(input: {literal(input)}) {{ {payload(mutation)} {{ id }} }} }}", {}


async def content(house: House) -> dict[str, str | None]:
    """A digest of all rows of the tenant, by table."""
    digests = {
        table: await house.pool.fetchval(
            f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE tenant_id = $1", house.tenant
        )
        for table in TABLES
    }
    digests["tenants"] = await house.pool.fetchval(
        "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM tenants t WHERE id = $1 OR slug LIKE $2",
        house.tenant,
        f"{house.slug}%",
    )
    return digests
